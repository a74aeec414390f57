import { readFile, writeFile } from 'node:fs/promises';
import { packageFile } from '../../sandbox/provision/packageFile';
import { type CloudSandbox } from './cloudSandbox';

/**
 * Which statements allowed some roles what, and what a file of test/integration/access says of it; `npm run permissions` reads those
 * files. With FARCOPY_RECORD_PERMISSIONS=true the file is written first.
 */
export async function usedPermissions(
  sandbox: CloudSandbox,
  roles: readonly string[],
  file: string,
): Promise<{ readonly found: readonly string[]; readonly recorded: readonly string[] }> {
  const { used } = await sandbox.control.permissions();
  const mine = used.filter(({ role }) => roles.includes(role));
  const found = [...new Set(mine.map(({ role, statement, action }) => `${role} ${statement} ${action}`))].sort();
  const record = packageFile('test', 'integration', 'access', file);
  if (process.env.FARCOPY_RECORD_PERMISSIONS === 'true') await writeFile(record, `${JSON.stringify(found, null, 2)}\n`);
  return { found, recorded: JSON.parse(await readFile(record, 'utf8')) as readonly string[] };
}
