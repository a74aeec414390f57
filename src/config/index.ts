export { accountsOf, externalId, MissingVariableError, roleArn } from './access';
export { exampleFleetFile } from './example';
export type {
  Account,
  Criteria,
  Fleet,
  FleetAccounts,
  FleetRoles,
  RestoreTarget,
  SelectRule,
  StateBucket,
  Tier,
} from './fleet';
export { describeIssue, FleetFileError, type FleetIssue } from './reading/fleetFileError';
export { fleetSchemaText } from './schema/jsonSchema';
export { kindsReaching } from './kindsReaching';
export { type FleetOptions, loadFleet, parseFleet } from './loadFleet';
export { loadSelection, parseSelection, type SelectedResource } from './select/parseSelection';
export { FleetNames } from './names';
export { policyOf } from './policyOf';
export { type Rhythm, rhythmOf } from './schedule/rhythm';
export { offsetMinutes } from './schedule/timezone';
export { type Selection, selectTier } from './select/selectTier';
