import { type Scope } from '../../core/catalogue/copy';
import { type CopyStock } from '../../core/kind';
import { inParallel } from '../../core/inParallel';
import { type KindOperations } from '../../kinds/kind';
import { tightShare } from '../backup/fleetLoad';
import { failed, type Finding } from '../fleet/finding';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';

const width = 16;

/** How full the stocks of copies are, wherever the fleet keeps some: those that are nearly full, and one line for all others. */
export async function checkStocks(
  clouds: Pick<FleetClouds, 'kinds' | 'selected'>,
  scopes: readonly Scope[],
  signal?: AbortSignal,
): Promise<Finding[]> {
  const stocks = new Map<string, { readonly stock: CopyStock; readonly operations: KindOperations }>();
  for (const name of clouds.selected) {
    const operations = clouds.kinds.of(name);
    const { stock } = operations.description;
    if (stock !== undefined && operations.copies?.stock !== undefined) stocks.set(stock.name, { stock, operations });
  }
  const asked = scopes.flatMap((scope) => [...stocks.values()].map((one) => ({ ...one, scope })));
  let fullest: { readonly share: number; readonly text: string } | undefined;
  const found = await inParallel(asked, width, async ({ stock, operations, scope }): Promise<Finding[]> => {
    const subject = `${stock.title} in ${scope.account}/${scope.region}`;
    try {
      const level = await operations.copies?.stock?.(scope, signal);
      if (level === undefined) return [];
      const share = level.used / level.capacity;
      const message = `${level.used} of ${level.capacity} are used`;
      if (fullest === undefined || share > fullest.share) fullest = { share, text: `${subject}: ${message}` };
      if (share < tightShare) return [];
      const mend = 'ask AWS for a higher quota, or delete what nobody needs: `farcopy prune --plan` tells';
      return [{ check: 'stock', subject, state: 'warning', message, mend }];
    } catch (error) {
      signal?.throwIfAborted();
      return [
        failed('stock', subject, error, `the ${scope.access} role must be allowed to ask: deploy its template anew`),
      ];
    }
  });
  const told = found.flat();
  if (told.length > 0 || fullest === undefined) return told;
  return [{ check: 'stock', subject: 'all', state: 'ok', message: `the fullest: ${fullest.text}`, mend: null }];
}
