import { timeOfKey } from './bucket';
import { copyTags } from './copy';
import { type RecoveryPointRecord, verificationLevels } from './manifest';
import { type Kinds } from '../kind';
import { resourcePath, type ResourceRef } from '../resource';

/** What lies in a catalogue and is no record of a recovery point, or not that of its place. */
export class DamagedRecordError extends Error {
  override readonly name = 'DamagedRecordError';
}

/**
 * Reads the record of a recovery point, as far as anyone relies on it: whoever can write into a bucket can write anything.
 *
 * @param path `kind/account/region/id` of the resource whose record it is to be
 * @param time of the recovery point, as keys have it: `20261121t020000z`
 * @throws DamagedRecordError telling what is wrong with it.
 */
export function readRecord(content: string, path: string, time: string, kinds: Kinds): RecoveryPointRecord {
  let found: unknown;
  try {
    found = JSON.parse(content);
  } catch {
    throw new DamagedRecordError('it is no JSON');
  }
  const record = found as Partial<RecoveryPointRecord> | null;
  const wrong = faultOf(record, kinds);
  if (wrong !== null) throw new DamagedRecordError(wrong);
  const whole = record as RecoveryPointRecord;
  if (resourcePath(whole.resource) !== path) throw new DamagedRecordError(`it is of ${resourcePath(whole.resource)}`);
  // A record in the place of another would have the data of another resource or time restored as what was asked for.
  // Its proof is looked for by its place: what it says of itself must be the same.
  const recoveryPoint = `${path}/${timeOfKey(time)}`;
  if (whole.tags[copyTags.recoveryPoint] !== recoveryPoint)
    throw new DamagedRecordError(`it is of ${whole.tags[copyTags.recoveryPoint] ?? ''}`);
  if (whole.dataPrefix !== `data/${path}/${time}/`) throw new DamagedRecordError(`its data lie in ${whole.dataPrefix}`);
  return whole;
}

function faultOf(record: Partial<RecoveryPointRecord> | null, kinds: Kinds): string | null {
  if (typeof record !== 'object' || record === null) return 'it is no object';
  const { version, resource, tags, dataPrefix, objects, bytes, skippedTables, verified } = record;
  if (version !== 1) return `its version is ${String(version)}`;
  if (!isResource(resource, kinds)) return 'it names no resource';
  if (typeof tags?.[copyTags.recoveryPoint] !== 'string') return `it has no tag ${copyTags.recoveryPoint}`;
  if (typeof dataPrefix !== 'string' || !/^data\/.*\/$/.test(dataPrefix)) return 'it has no dataPrefix';
  if (!isCount(objects) || !isCount(bytes)) return 'it has no number of objects and bytes';
  if (!Array.isArray(skippedTables)) return 'it does not say which tables were skipped';
  if (!verificationLevels.some((level) => level === verified?.level) || typeof verified?.at !== 'string')
    return 'it does not say what was verified';
  return null;
}

/** Its ARN must say what the rest says. */
function isResource(resource: ResourceRef | null | undefined, kinds: Kinds): boolean {
  if (typeof resource !== 'object' || resource === null) return false;
  const { kind, account, region, id, arn } = resource;
  return (
    typeof arn === 'string' &&
    kinds
      .ofArn(arn)
      .some((one) => one.kind === kind && one.account === account && one.region === region && one.id === id)
  );
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
