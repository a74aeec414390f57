import { type FuzzTarget } from '../target';
import { buckets, resourceNames } from './names';
import { exportsInBuckets, records, tablesInfos } from './bucketContents';
import { cloudErrors, rdsAnswers } from './cloudAnswers';
import { commandLine } from './commandLine';
import { connectionUrls } from './connectionUrls';
import { answers, copies } from './copies';
import { fleetFile } from './fleetFile';
import { workflowInputs } from './inputs';
import { parquet } from './parquet';
import { encryptedPayloads, postedPayloads } from './payloads';
import { selectionFile } from './selectionFile';
import { identifiers, rows, schemas } from './sql';
import { shownTexts } from './texts';
import { durations, schedules } from './times';

/** Everything that takes input from outside: one line a target. */
export const targets: readonly FuzzTarget[] = [
  fleetFile,
  selectionFile,
  commandLine,
  schedules,
  durations,
  resourceNames,
  buckets,
  copies,
  answers,
  records,
  exportsInBuckets,
  tablesInfos,
  parquet,
  connectionUrls,
  identifiers,
  schemas,
  rows,
  rdsAnswers,
  cloudErrors,
  shownTexts,
  postedPayloads,
  encryptedPayloads,
  ...workflowInputs,
];
