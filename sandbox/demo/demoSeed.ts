import { readFileSync } from 'node:fs';
import { packageFile } from '../provision/packageFile';
import { type Seed } from '../seed/seed';
import { parseSeed } from '../seed/seedFile';

/**
 * The demo's own fleet, or a larger one of the same two accounts with `clusters` clusters, spread evenly. What is beyond the
 * demo's own is like the last of them.
 */
export function demoSeed(clusters?: number): Seed {
  const file = packageFile('sandbox', 'demo', 'fleet.json');
  const seed = parseSeed(readFileSync(file, 'utf8'), file);
  if (clusters === undefined) return seed;
  const template = seed.resources.at(-1);
  if (template === undefined) throw new Error(`${file} has no clusters`);
  const perAccount = Math.ceil(clusters / seed.accounts.length);
  return {
    accounts: seed.accounts,
    resources: Array.from({ length: clusters }, (_, i) => ({
      ...(seed.resources[i] ?? template),
      account: seed.accounts[Math.floor(i / perAccount)] ?? template.account,
      id: `panda-cluster-${i + 1}`,
    })),
  };
}
