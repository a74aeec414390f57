import { type World } from '../world';
import { faultsAreOver } from './mendingRule';

const hour = 3600_000;
/** Marked one day, deleted three days on: whatever hung on another copy has its turn as well. */
const turns = 2;

/**
 * What holds at last of copies that are pruned: the ledger tells of every copy that is gone; and once nothing goes wrong any more and a
 * person lets go what brakes hold, nothing is left of what the text lets go.
 */
export async function pruneEnds(world: World, untilQuiet: () => Promise<void>): Promise<void> {
  const { prune, clouds, workers, happenings, time, witness } = world;
  if (prune === null) return;
  await time.runUntil(faultsAreOver(world));
  happenings.end();
  clouds.clockSkew = 0;
  for (const crew of ['marker', 'pruner'] as const) {
    workers.kill(crew);
    workers.start(0, crew, workers.fleetOf('fleet'));
  }
  await untilQuiet();
  const before = prune.letGo();
  for (let i = 0; i < turns; i += 1) {
    await time.whileAwaiting(happenings.retention.operator.approve());
    for (const waits of [0, 73]) {
      await time.runUntil(time.now + waits * hour);
      await time.whileAwaiting(happenings.retention.operator.pruneOnSchedule());
      await untilQuiet();
    }
  }
  const after = prune.letGo();
  for (const copy of before)
    if (after.has(copy)) witness.violation('left', `${copy.arn} is let go by everything, and nobody has deleted it`);
  ledgerTells(world);
}

/** Whatever befalls the bucket, entries are written in the end. */
function ledgerTells({ prune, clouds, witness }: World): void {
  const entries = [...(clouds.cloud.state.buckets.get('sim-state')?.objects.values() ?? [])].map(({ content }) =>
    content.toString(),
  );
  const text = entries.filter((entry) => entry.includes('"outcome":"deleted"')).join('\n');
  for (const arn of prune?.told ?? [])
    if (!text.includes(`"${arn}"`)) witness.violation('ledger', `${arn} was deleted, and the ledger does not know it`);
}
