import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';

/** https://parquet.apache.org/docs/file-format/ */
const magic = Buffer.from('PAR1');

/** A file of Parquet that does not begin and end as one was cut off before it was ever read: cheap to see here. */
export function checkParquet(key: string, ...ends: readonly Uint8Array[]): void {
  if (!key.endsWith('.parquet')) return;
  if (ends.every((end) => magic.equals(end))) return;
  throw applicationFailure(failureTypes.verificationFailed, `${key}: no whole file of Parquet`);
}
