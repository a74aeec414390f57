import { Context } from '@temporalio/activity';
import { type Client } from 'pg';
import { applicationFailure } from '../../core/applicationFailure';
import { scratchComment } from '../../core/drill/drillScratch';
import { failureTypes } from '../../core/failure';
import { postgresFailure } from '../../postgres/postgresFailure';
import { type DrillActivities, type ScratchDatabase } from './drillContracts';
import { openServer } from './drillServer';
import { type PasswordDependencies } from '../restore/serverPassword';
import { escapeIdentifier, escapeLiteral } from '../../postgres/qualified';

/** The activities that make and remove the scratch databases of drills. */
export function drillScratchActivities(
  dependencies: PasswordDependencies,
): Pick<DrillActivities, 'createScratchDatabase' | 'dropScratchDatabase'> {
  const onServer = async (scratch: ScratchDatabase, doing: string, work: (client: Client) => Promise<void>) => {
    const client = await openServer(scratch, dependencies, Context.current().cancellationSignal);
    try {
      await work(client);
    } catch (error) {
      throw postgresFailure(error, `${doing} scratch database ${scratch.name}`);
    } finally {
      await client.end();
    }
  };

  return {
    async createScratchDatabase(scratch) {
      const { name, owner, url } = scratch;
      await onServer(scratch, 'making', async (client) => {
        if ((await find(client, name)) === null)
          // Exports are UTF-8; only template0 lets a database have another encoding than the server's own.
          await client
            .query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`)
            .catch(unlessMadeMeanwhile);
        const comment = (await find(client, name))?.comment ?? null;
        if (comment !== null && comment !== scratchComment(owner))
          throw applicationFailure(failureTypes.conflict, `database ${name} is not of this drill: ${comment}`);
        await client.query(`COMMENT ON DATABASE ${escapeIdentifier(name)} IS ${escapeLiteral(scratchComment(owner))}`);
      });
      const made = new URL(url);
      made.pathname = `/${name}`;
      return made.href;
    },

    async dropScratchDatabase(scratch) {
      const { name, owner } = scratch;
      await onServer(scratch, 'dropping', async (client) => {
        const found = await find(client, name);
        // Without a comment it is one that this drill had only begun to make: its name is of this run alone.
        if (found === null || (found.comment !== null && found.comment !== scratchComment(owner))) return;
        await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
      });
    },
  };
}

async function find(client: Client, name: string): Promise<{ readonly comment: string | null } | null> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment FROM pg_catalog.pg_database WHERE datname = $1`,
    [name],
  );
  return rows[0] ?? null;
}

/** An earlier try whose worker died may still be making it; PostgreSQL tells so by one of two codes. */
function unlessMadeMeanwhile(error: unknown): void {
  if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
}
