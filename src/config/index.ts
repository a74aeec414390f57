export { accountsOf, externalId, MissingVariableError, roleArn } from './access';
export { exampleFleetFile } from './example';
export type { Account, Criteria, Fleet, FleetAccounts, FleetRoles, SelectRule, Tier } from './fleet';
export { describeIssue, FleetFileError, type FleetIssue } from './fleetFileError';
export { fleetSchemaText } from './jsonSchema';
export { type FleetOptions, loadFleet, parseFleet } from './loadFleet';
export { loadSelection, parseSelection, type SelectedResource } from './parseSelection';
export { policyOf } from './policyOf';
export { type Selection, selectTier } from './selectTier';
