import { type ProvenCopy, type ProvenRestore } from './proof';
import { type DemoReport } from './report';

/** More clusters than this are told of one by one only where something is missing. */
const mostInDetail = 12;

/** The report for people. */
export function reportText({ ok, seconds, resources, limits, limitErrors, fleetReport }: DemoReport): string {
  const proven = resources.filter((resource) => resource.state === 'completed').length;
  const restores = resources.flatMap((resource) => resource.restores);
  const equal = restores.filter((restore) => restore.equal).length;
  const detailed = resources.filter(
    ({ state, restores: own }) =>
      resources.length <= mostInDetail || state !== 'completed' || own.some((restore) => !restore.equal),
  );
  return [
    ...detailed.flatMap(({ account, region, id, copies, restores: own }) => [
      `${id} (${account}/${region})`,
      ...copies.map(copyText),
      ...own.map(restoreText),
    ]),
    '',
    'Most operations in flight at once, by service limit:',
    ...limits.map(
      ({ account, region, limit, capacity, highWater }) =>
        `  ${highWater} of ${capacity}  ${account}/${region}  ${limit}`,
    ),
    `Calls that AWS answered with a limit error: ${limitErrors}`,
    '',
    `${ok ? 'Proven' : 'Not proven'}: ${proven} of ${resources.length} clusters have all their copies, ` +
      `${equal} of ${restores.length} restores hold what their source does, after ${seconds} s.`,
    ...(fleetReport === null ? [] : ['', `The report of the fleet, for your browser: ${fleetReport}`]),
  ].join('\n');
}

function copyText(copy: ProvenCopy): string {
  const where = copy.kind === 'gcs' ? 'Google Cloud Storage' : `${copy.account}/${copy.region}`;
  const begin = `  ${copy.verified ? 'proven    ' : 'NOT PROVEN'}  ${copy.place.padEnd(9)}  ${where.padEnd(25)}`;
  const time = `data of ${copy.dataTime ?? 'unknown time'}`;
  if (copy.kind === 'snapshot') return `${begin}  ${copy.status}, ${time}, ${keyText(copy.kmsKeyId)}`;
  const { objects, bytes, crc32cChecked, skippedTables } = copy;
  const skipped = skippedTables.length === 0 ? '' : `, without ${skippedTables.map(({ table }) => table).join(', ')}`;
  const checked =
    copy.kind === 's3' ? `${crc32cChecked} read` : `${crc32cChecked} with the CRC32C that S3's bytes have`;
  return `${begin}  ${copy.status}, ${time}, ${objects} objects, ${bytes} bytes, ${checked}${skipped}`;
}

function restoreText({ from, to, tables, rows, equal, rtoSeconds }: ProvenRestore): string {
  const back = rtoSeconds === null ? 'never answered' : `answered after ${rtoSeconds} s`;
  return `  ${equal ? 'equal     ' : 'NOT EQUAL '}  restored from ${from} to ${to}: ${tables} tables, ${rows} rows, ${back}`;
}

function keyText(arn: string | null): string {
  return arn === null ? 'not encrypted' : `key ${arn.slice(arn.lastIndexOf('/') + 1)}`;
}
