import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../core/failure';
import { type PriceTable } from '../../core/report/cost';
import { InvalidRequestError } from '../invalidRequestError';
import { packageRoot } from '../packageRoot';

const amount = z.number().min(0);
const price = z.union([amount, z.tuple([amount, amount]).refine(([low, high]) => low <= high, 'low before high')]);
const byRegion = z.record(z.string(), price);

const priceTable = z.strictObject({
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day like 2026-09-20'),
  currency: z.string().min(1).max(8),
  sources: z.array(z.string()),
  kinds: z.record(z.string(), z.strictObject({ copies: z.enum(['full', 'incremental']), copyGbMonth: byRegion })),
  exportGb: byRegion,
  betweenRegionsGb: byRegion,
  toOtherCloudGb: byRegion,
  bucketGbMonth: z.record(z.string(), byRegion),
  changedPerDay: z.number().min(0).max(1),
});

/**
 * The prices that a cost is reckoned by: those of a file, or those that come with Farcopy.
 *
 * @throws InvalidRequestError of a file that is no such table.
 */
export function loadPrices(file: string = path.join(packageRoot(), 'prices', 'prices.json')): PriceTable {
  try {
    return priceTable.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? error.issues.map(({ path: at, message }) => `${at.join('.') || 'it'}: ${message}`).join('; ')
        : messageOf(error);
    throw new InvalidRequestError(`${file} is no price table: ${why}`, 'docs/report.md has one to begin with');
  }
}
