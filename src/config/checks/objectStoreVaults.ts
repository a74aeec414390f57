import { type Path } from '../located';
import { type Report } from '../report';

/**
 * Says of vaults in buckets that there are none yet, instead of naming each of their keys unknown.
 *
 * @returns their paths
 */
export function reportObjectStoreVaults(file: unknown, report: Report): Path[] {
  const vaults = ownMap(file)?.['vaults'];
  return Object.entries(ownMap(vaults) ?? {}).flatMap(([name, vault]) => {
    if (!Object.hasOwn(ownMap(vault) ?? {}, 'bucket')) return [];
    const path = ['vaults', name];
    report.error(path, 'not supported yet: object-store vaults', 'a vault has `account`, `region` and `key`');
    return [path];
  });
}

function ownMap(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
