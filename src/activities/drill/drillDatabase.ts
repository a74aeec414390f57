import { Context } from '@temporalio/activity';
import { type Client } from 'pg';
import { matchesGlob } from '../../config/select/glob';
import { type DrillCheck } from '../../core/drill/drill';
import { judgeCheck } from '../../core/drill/drillJudgement';
import { type DrillCheckResult } from '../../core/drill/drillResult';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { type DatabaseConnections } from '../../postgres/databaseConnections';
import { postgresFailure } from '../../postgres/postgresFailure';
import { label } from '../../postgres/qualified';
import { beating } from '../beating';
import { type DrillActivities, type DrillDatabase, type ReadingProgress } from './drillContracts';
import {
  answerOf,
  databasesToRead,
  isConnectionLost,
  prepareSession,
  readTable,
  tablesToRead,
  wordsOf,
} from './drillQueries';
import { drilledEndpoint } from './drilledEndpoint';
import { openServer } from './drillServer';
import { type RestorePlanningDependencies } from '../restore/restorePlanning';
import { type PasswordDependencies } from '../restore/serverPassword';

export interface DrillDatabaseDependencies
  extends PasswordDependencies, Pick<RestorePlanningDependencies, 'fleet' | 'kinds'> {
  readonly connections: DatabaseConnections;
}

/** A server that breaks a connection may have been restarted; one that does so each time breaks by what it is asked. */
const mostTries = 3;
/** Entries of a list in a result: a payload takes 2 MB. */
const mostListed = 100;

/** Opens the database of a drill, or another one of its cluster. */
type Open = (name?: string) => Promise<Client>;
type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

interface Tries {
  /** Those that had begun before this activity's. */
  readonly before: number;
  readonly onTry: (begun: number) => void;
}

/** The activities that ask what a drill has restored. They only read. */
export function drillDatabaseActivities(
  dependencies: DrillDatabaseDependencies,
): Pick<DrillActivities, 'awaitDrillDatabase' | 'readDrillTables' | 'runDrillChecks'> {
  /** Asked once an activity. */
  const locate = async (database: DrillDatabase): Promise<Open> => {
    if (database.type === 'postgres') return () => openServer(database, dependencies, aborted());
    const { access, resource, account, region } = database;
    const scope = { account, region, access: 'restore' } as const;
    const endpoint = await drilledEndpoint(dependencies, database, scope, aborted());
    return (name = endpoint.database) =>
      dependencies.connections.open({ ...endpoint, database: name }, access, resource, scope, aborted());
  };

  /** Asks a database one thing after the other, on a new connection where one broke. Only what cannot be reached throws. */
  const conversation = (open: Open, name?: string) => {
    let client: Client | undefined;
    const close = async () => {
      const open = client;
      client = undefined;
      await open?.end().catch(() => undefined);
    };
    const connected = async (): Promise<Client> => {
      if (client !== undefined) return client;
      client = await open(name);
      await prepareSession(client);
      return client;
    };
    const ask = async <T>(work: (client: Client) => Promise<T>, tries?: Tries): Promise<Answer<T>> => {
      for (let begun = (tries?.before ?? 0) + 1; ; begun += 1) {
        let session: Client;
        try {
          session = await connected();
        } catch (error) {
          await close();
          aborted().throwIfAborted();
          const failure = postgresFailure(error, 'connecting');
          if (!isOfTheDatabase(failure)) throw failure;
          return { ok: false, problem: failure.message };
        }
        tries?.onTry(begun);
        try {
          return { ok: true, value: await work(session) };
        } catch (error) {
          aborted().throwIfAborted();
          if (isConnectionLost(error)) await close();
          if (!isConnectionLost(error) || begun >= mostTries) return { ok: false, problem: wordsOf(error) };
        }
      }
    };
    return { ask, close };
  };

  return {
    async awaitDrillDatabase(database) {
      const open = await locate(database);
      const client = await open();
      try {
        await client.query('SELECT 1');
      } catch (error) {
        throw postgresFailure(error, 'asking it for the first time');
      } finally {
        await client.end();
      }
    },

    async readDrillTables(database) {
      const before = Context.current().info.heartbeatDetails as Partial<ReadingProgress> | undefined;
      let progress: ReadingProgress = {
        next: { database: 0, table: 0 },
        tries: 0,
        tables: 0,
        rows: 0,
        unreadable: [],
        ...before,
      };
      const tell = (changes: Partial<ReadingProgress>) => {
        progress = { ...progress, ...changes };
        Context.current().heartbeat(progress);
      };
      const fail = (table: string, problem: string): Partial<ReadingProgress> => ({
        unreadable:
          progress.unreadable.length < mostListed ? [...progress.unreadable, { table, problem }] : progress.unreadable,
      });
      const readDatabase = async (open: Open, position: number, name: string | undefined): Promise<void> => {
        const { ask, close } = conversation(open, name);
        const inWords = (what: string) => (name === undefined ? what : `${name}: ${what}`);
        try {
          const tables = await ask(tablesToRead);
          if (!tables.ok) tell(fail(inWords('the list of its tables'), tables.problem));
          else
            for (const [at, table] of tables.value.entries()) {
              if (at < progress.next.table) continue;
              const read = await ask((client) => readTable(client, table), {
                before: progress.tries,
                onTry: (tries) => tell({ tries }),
              });
              const { tables: done, rows } = progress;
              tell({
                next: { database: position, table: at + 1 },
                tries: 0,
                ...(read.ok
                  ? { tables: done + 1, rows: rows + read.value }
                  : fail(inWords(label(table)), read.problem)),
              });
            }
        } finally {
          await close();
        }
        tell({ next: { database: position + 1, table: 0 } });
      };
      const namesOfDatabases = async (open: Open): Promise<readonly (string | undefined)[]> => {
        // A scratch database stands among others that are none of the drill's.
        if (database.type === 'postgres') return [undefined];
        const { ask, close } = conversation(open);
        const names = await ask(databasesToRead).finally(close);
        if (names.ok) return names.value;
        tell(fail('the list of its databases', names.problem));
        return [];
      };

      return beating(
        async () => {
          const open = await locate(database);
          for (const [position, name] of (await namesOfDatabases(open)).entries())
            if (position >= progress.next.database) await readDatabase(open, position, name);
          const { tables, rows, unreadable } = progress;
          return { tables, rows, unreadable };
        },
        () => progress,
      );
    },

    runDrillChecks: (database, resource, checks, dataTime) =>
      beating(async () => {
        const { ask, close } = conversation(await locate(database));
        const results: DrillCheckResult[] = [];
        try {
          for (const check of checks.filter((one) => isFor(one, resource.id))) {
            const asked = await ask((client) => answerOf(client, check));
            const answer = asked.ok ? asked.value : { type: 'error' as const, message: asked.problem };
            results.push(judgeCheck(check, answer, dataTime));
          }
        } finally {
          await close();
        }
        return results;
      }),
  };
}

/** A database that lets nobody in because of what is in it is damaged, and no matter of permissions or networks. */
function isOfTheDatabase(failure: unknown): failure is Error {
  const type = failureTypeOf(failure);
  return type === failureTypes.refused || type === failureTypes.verificationFailed;
}

function isFor({ resources }: DrillCheck, id: string): boolean {
  return resources.length === 0 || resources.some((glob) => matchesGlob(glob, id));
}

const aborted = (): AbortSignal => Context.current().cancellationSignal;
