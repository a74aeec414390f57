import { type FakeSnapshots } from '../../test/fakes/aws/snapshots';
import { type Random } from '../random';
import { type VirtualTime } from '../virtualTime';

/** Of snapshots and copies, these fail half-way. */
const failingShare = 0.02;

/** Counts what lies in each place, and lets some of what is begun fail. */
export class StockWatch {
  highWater = 0;
  /** Starts that were refused since there was no room. */
  overflows = 0;

  constructor(snapshots: FakeSnapshots, time: VirtualTime, random: Random) {
    const begin = snapshots.begin.bind(snapshots);
    snapshots.begin = (work, rest) => {
      const there = snapshots.byPlace.in(work.kind, work);
      if (there.size >= snapshots.stockOf(work)) this.overflows += 1;
      const made = begin(work, rest);
      this.highWater = Math.max(this.highWater, there.size);
      if (random.chance(failingShare)) time.after((made.endsAt - time.now) / 2, () => (made.failed = true));
      return made;
    };
  }
}
