import { type StepActivities } from '../steps/stepContracts';
import { type PlanActivities } from '../backup/planContracts';
import { type ProtectionActivities } from '../catalogue/lastProtected';
import {
  type FleetActivities,
  type NotificationActivities,
  type ServiceLimitActivities,
  type ServiceLimitStarter,
} from '../contracts';
import { type DrillActivities } from '../drill/drillContracts';
import { type DrillTierActivities } from '../drill/drillTierContracts';
import { type LedgerActivities } from '../ledger/ledgerContracts';
import { type LoadExportActivities } from '../restore/loadExportContracts';
import { type AlertActivities, type HandingOver, type HeartbeatActivities } from '../notify/alertContracts';
import { type DeletionActivities, type MarkActivities, type RevisionActivities } from '../retention/retentionContracts';
import { type RestoreActivities } from '../restore/restoreContracts';
import { type SweepActivities } from '../sweep/sweepContracts';
import { type TransferActivities } from '../transfer/transferContracts';
import { type Meaning } from './meanings';

/** What a field of an activity's arguments means, and by that how it is held against the fleet file. */
export interface Field {
  /** From the arguments: `0.step.scope`; `*` stands for every entry. */
  readonly at: string;
  readonly is: Meaning;
  /** What else decides, by its path. */
  readonly of?: string;
  /** Nothing need stand there. */
  readonly optional?: true;
}

type Everything = AlertActivities &
  DeletionActivities &
  DrillActivities &
  DrillTierActivities &
  FleetActivities &
  HandingOver &
  HeartbeatActivities &
  LedgerActivities &
  LoadExportActivities &
  MarkActivities &
  NotificationActivities &
  PlanActivities &
  ProtectionActivities &
  RestoreActivities &
  RevisionActivities &
  ServiceLimitActivities &
  ServiceLimitStarter &
  StepActivities &
  SweepActivities &
  TransferActivities;

export type ActivityName = keyof Everything;

const field = (at: string, is: Meaning, of?: string): Field => ({ at, is, ...(of === undefined ? {} : { of }) });
const maybe = (...given: Parameters<typeof field>): Field => ({ ...field(...given), optional: true });

const ofStep = [
  field('0.identity.fleet', 'fleet'),
  field('0.step.scope', 'scope-of-step', '0'),
  field('0.identity.resource', 'resource-of-step', '0'),
  maybe('0.source', 'copy'),
  maybe('0.results.*.copy', 'copy'),
  maybe('0.handle', 'copy'),
];
const ofPoint = [
  maybe('0.copy.ref', 'copy'),
  maybe('0.copy.bucket', 'vault-bucket'),
  // Only its identifier is used, to choose checks and to compare tags.
  field('0.resource', 'told'),
];
const ofDatabase = [field('0', 'drilled-database')];
const ofLoad = [field('0.from.bucket', 'vault-bucket'), field('0.to', 'server')];
const ofTransfer = [
  field('0.identity.fleet', 'fleet'),
  field('0.identity.resource', 'resource'),
  field('0.source.scope', 'scope'),
  field('0.source.bucket', 'export-bucket'),
  field('0.target', 'vault-bucket'),
  field('0.dataPrefix', 'data-prefix', '0.identity'),
  maybe('0.lock', 'lock', '0.target'),
];

/**
 * The one table of what activities are told that names something in a cloud. Whatever comes in a message is a wish: the fleet file
 * of the worker decides. An activity without a row does not compile; what has nothing to be held says so by an empty one.
 */
export const fields: Readonly<Record<ActivityName, readonly Field[]>> = {
  planBackup: [field('0.fleet', 'fleet'), field('0.resource', 'resource')],
  startStep: [...ofStep, field('0', 'input-of-step')],
  awaitStep: [...ofStep, field('0', 'input-of-step')],
  undoStep: [...ofStep, field('0', 'input-of-undo')],
  lastProtected: [field('0', 'resource')],

  listScopes: [field('0', 'fleet')],
  discoverResources: [field('0', 'fleet'), field('2', 'home')],
  requestRecoveryPoints: [field('0', 'fleet'), field('2.*', 'resource')],
  // Asks Temporal only.
  collectOutcomes: [maybe('0.*', 'told')],
  // A topic or channel that has heard it is left out, and no other is told. Its id and key are compared only.
  notify: [field('0.fleet', 'fleet'), maybe('1.*', 'told')],
  handOverNotification: [field('0.fleet', 'fleet'), maybe('0.retired', 'told')],
  alertSettings: [field('0', 'fleet')],
  // A receiver that the fleet file does not have is told nothing.
  tellReceiver: [field('0', 'fleet'), field('1', 'told'), field('2.fleet', 'fleet')],
  sendHeartbeat: [field('0', 'fleet')],

  // An entry is kept as it was told, in the bucket of the fleet file.
  recordInLedger: [field('0.fleet', 'fleet'), maybe('0.resource', 'told')],
  recordLateInLedger: [field('0.fleet', 'fleet'), maybe('0.resource', 'told')],

  observeLimit: [field('0', 'limit', '1')],
  startServiceLimit: [field('0', 'limit', '1.access'), field('1.resource', 'told')],

  planRestore: [maybe('0.to', 'restore-target'), maybe('0.key', 'asked-key'), maybe('0.drill.fleet', 'fleet')],
  planPostgresRestore: ofLoad,
  makeRestoredTables: ofLoad,
  loadExportTables: ofLoad,
  completeRestoredTables: ofLoad,
  compareRestoredTables: ofLoad,
  forgetPostgresRestore: ofLoad,

  planDrill: [],
  // The name of a resource is looked for among the copies of the fleet.
  chooseDrillPoint: [field('0.resource', 'told'), field('0.drill.to', 'drill-target')],
  verifyDrillSnapshot: ofPoint,
  planDrillVerification: ofPoint,
  verifyDrillObjects: ofPoint,
  recordDrillPassed: ofPoint,
  createScratchDatabase: [field('0', 'server'), field('0.name', 'scratch-name'), field('0.owner.fleet', 'fleet')],
  dropScratchDatabase: [field('0', 'server'), field('0.name', 'scratch-name'), field('0.owner.fleet', 'fleet')],
  awaitDrillDatabase: ofDatabase,
  readDrillTables: ofDatabase,
  runDrillChecks: [...ofDatabase, field('1', 'told'), field('2', 'checks')],

  // Which copies, a plan made anew from the clouds decides.
  fleetRevision: [field('0', 'fleet')],
  markCopies: [field('0', 'fleet')],
  deleteMarked: [field('0', 'fleet')],

  planSweep: [],
  findLeftovers: [maybe('0.scope', 'any-scope'), field('0', 'swept')],
  removeLeftover: [
    maybe('0.scope', 'any-scope'),
    maybe('0.copy', 'copy'),
    maybe('0.owner.fleet', 'fleet'),
    field('0', 'swept'),
    // To take back what somebody was let read is always right, whoever it is.
    maybe('0.account', 'told'),
  ],

  planTransfer: ofTransfer,
  transferShard: ofTransfer,
  verifyShard: ofTransfer,
  finishTransfer: ofTransfer,
  cleanUpTransfer: ofTransfer,
};
