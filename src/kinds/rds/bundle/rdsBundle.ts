import { applicationFailure } from '../../../core/applicationFailure';
import { type Scope } from '../../../core/catalogue/copy';
import { type DatabaseAccess } from '../../../core/catalogue/databaseAccess';
import { type RecoveryBundle } from '../../../core/catalogue/recoveryBundle';
import { failureTypeOf, failureTypes } from '../../../core/failure';
import { type ResourceRef } from '../../../core/resource';
import { type Json } from '../../../core/steps/step';
import { type DatabaseConnections } from '../../../postgres/databaseConnections';
import { describeDatabases } from '../../../postgres/describeDatabases';
import { type BundleAbility } from '../../kind';
import { type DatabaseConfiguration } from '../databaseConfiguration';
import { type RestoreOperations } from '../restore/restoreOperations';

/** Longer than this nobody is connected to a database in use, however many databases it has. */
const schemasMilliseconds = 10 * 60_000;
/** A failover lasts a minute or two; a database that nobody can connect to must not keep the bundle from being written. */
const triesForSchemas = 5;
const mostCharacters = 400;

/** How a database is set up, and the schemas of its databases: what snapshots and exports do not carry. */
export function rdsBundle(
  databases: Pick<RestoreOperations, 'describe' | 'progress'>,
  connections: DatabaseConnections,
): BundleAbility {
  return {
    async collect(resource, home, connect, attempt, signal) {
      const configuration = await unlessGone(databases.describe(resource, home, signal));
      if (configuration === null) return null;
      const { schemas, unread, failed } = await readSchemas(resource, configuration, home, connect, attempt, signal);
      const notes = [...configuration.unread, ...(failed ? unread : [])];
      return { configuration: configuration as unknown as Json, schemas, unread, notes };
    },
    isWhole({ configuration, unread }, connect) {
      const { engine, unread: missing } = configuration as unknown as DatabaseConfiguration;
      if (missing.length > 0) return false;
      return unread.length === 0 || connect === null || !hasSchemas(engine);
    },
  };

  /** The schemas of all databases; `failed` says that they were to be read. */
  async function readSchemas(
    resource: ResourceRef,
    { engine }: DatabaseConfiguration,
    home: Scope,
    connect: DatabaseAccess | null,
    attempt: number,
    cancelled: AbortSignal,
  ): Promise<Pick<RecoveryBundle, 'schemas' | 'unread'> & { readonly failed: boolean }> {
    const without = (why: string, failed: boolean) => ({ schemas: [], unread: [`schemas: ${why}`], failed });
    if (!hasSchemas(engine)) return without(`those of ${engine} are not read`, false);
    if (connect === null)
      return without('the tier of the fleet file has no `connect`, which says how to read them', false);
    const { endpoint, port, databaseName, masterUsername } = await databases.progress(resource.id, home, cancelled);
    if (endpoint === null || port === null) return without('AWS names no endpoint to connect to', true);
    const signal = AbortSignal.any([cancelled, AbortSignal.timeout(schemasMilliseconds)]);
    const { schemas, unread, passing } = await describeDatabases(
      (database) =>
        connections.open({ host: endpoint, port, database, masterUsername }, connect, resource, home, signal),
      databaseName ?? 'postgres',
      signal,
    );
    cancelled.throwIfAborted();
    if (passing && attempt < triesForSchemas)
      throw applicationFailure(failureTypes.transient, unread.join('; ').slice(0, mostCharacters));
    return { schemas, unread, failed: unread.length > 0 };
  }
}

const hasSchemas = (engine: string) => engine.includes('postgres');

async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (failureTypeOf(error) === failureTypes.notFound) return null;
    throw error;
  }
}
