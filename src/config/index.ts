export { accountsOf, externalId, roleArn } from './access';
export type {
  Channel,
  Heartbeat,
  PagerDutyChannel,
  QuietHours,
  SlackChannel,
  SmtpChannel,
  WebhookChannel,
} from './channel';
export { exampleFleetFile } from './example';
export type {
  Account,
  Criteria,
  Fleet,
  FleetAccounts,
  FleetRoles,
  PruneSettings,
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
export { revisionOf } from './revision';
export { Blackout, type BlackoutWindow, datedTimes, localMs, localText, type TimesOfDays } from './schedule/blackout';
export { type ClockNights, clockNights, foreseenUntil } from './schedule/clockNights';
export { Firings, lateMinutesOf, type ScheduleTimes } from './schedule/firings';
export { type Rhythm, rhythmOf } from './schedule/rhythm';
export { cronWords, windowWords } from './schedule/words';
export { isTimezone, offsetMinutes, offsetOf } from './schedule/timezone';
export { quietUntil } from './schedule/quietHours';
export { noRuleMatches, type Selection, selectTier, whySelected } from './select/selectTier';
export {
  type Environment,
  heartbeatUse,
  secretsIn,
  type UnusableVariable,
  unusableVariables,
  uses,
  VariableError,
  valueOf,
  variablesOf,
} from './variables';
