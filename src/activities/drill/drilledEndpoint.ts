import { Context } from '@temporalio/activity';
import { applicationFailure } from '../../core/applicationFailure';
import { type Scope } from '../../core/catalogue/copy';
import { drillIdentifier, drillOfTags } from '../../core/drill/drillScratch';
import { failureTypes } from '../../core/failure';
import { drillUnique } from '../../core/naming';
import { type DatabaseEndpoint } from '../../postgres/databaseConnections';
import { type RestorePlanningDependencies } from '../restore/restorePlanning';
import { type DrillDatabase } from './drillContracts';

type InAws = Extract<DrillDatabase, { type: 'aws' }>;

/**
 * Where a restored database listens, as its service tells it: a password goes there, and a message may name any host. What no drill
 * of the fleet has made gets none.
 *
 * @throws ApplicationFailure `Configuration` for a database of others, `NotFound` for one that is gone.
 */
export async function drilledEndpoint(
  { fleet, kinds }: Pick<RestorePlanningDependencies, 'fleet' | 'kinds'>,
  database: InAws,
  scope: Scope,
  signal: AbortSignal,
): Promise<DatabaseEndpoint> {
  const id = database.id ?? ownIdentifier(database);
  const { sql, tags } = await kinds.sqlOf(database.resource.kind).locate(id, scope, signal);
  const where = `${id} (${scope.account}/${scope.region})`;
  if (drillOfTags(tags)?.fleet !== fleet.name)
    throw applicationFailure(
      failureTypes.configuration,
      `${where}: by its tags no drill of fleet ${fleet.name} has restored it, so nobody has logged in; see docs/security.md#authority`,
    );
  if (sql === null) throw applicationFailure(failureTypes.operationFailed, `${where}: it names no endpoint`);
  return { ...sql, database: database.endpoint.database };
}

/** As the drill that has scheduled this activity calls what it restores. */
function ownIdentifier({ resource }: InAws): string {
  const { workflowId = '', runId = '' } = Context.current().info.workflowExecution ?? {};
  return drillIdentifier(resource.id, drillUnique(workflowId, runId));
}
