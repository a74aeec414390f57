import fc from 'fast-check';
import { type Leg } from '../../../../src/core/backup/route';
import {
  type Cleanup,
  type RecoveryPointState,
  RouteWalk,
  type VerifiedCopy,
} from '../../../../src/core/backup/routeWalk';
import { encryptions, plan, secure, secureDr } from './routes';

const failure = { type: 'OperationFailed', message: 'AWS reports it as failed' } as const;

function copyOf(leg: Leg): VerifiedCopy {
  const { scope, copyId: id, place } = leg;
  const at = '2026-11-21T02:10:00Z';
  return {
    kind: 'aurora-cluster',
    account: scope.account,
    region: scope.region,
    id,
    arn: `arn:aws:rds:${scope.region}:${scope.account}:cluster-snapshot:${id}`,
    place,
    keyArn: null,
    sizeGiB: 1,
    dataTime: at,
    verifiedAt: at,
  };
}

class Walker {
  readonly walk: RouteWalk;
  constructor(readonly legs: readonly Leg[] = plan()) {
    this.walk = new RouteWalk(legs);
  }
  leg(id: string): Leg {
    const found = this.legs.find((leg) => leg.id === id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  }
  verify(...ids: string[]): this {
    for (const id of ids) this.walk.verify(id, this.leg(id).type === 'share' ? undefined : copyOf(this.leg(id)));
    return this;
  }
  cleanup(id: string): Cleanup {
    const found = this.walk.cleanups().find((c) => c.id === id);
    if (found === undefined) throw new Error(`there is no cleanup ${id}`);
    return found;
  }
  get startable(): string[] {
    return this.legs
      .filter((leg) => this.walk.state(leg.id) === 'pending' && this.walk.mayStart(leg))
      .map((leg) => leg.id);
  }
}

describe('a leg of a route', () => {
  it('may start once everything before it is verified, not only running', () => {
    const walker = new Walker();
    expect(walker.startable).toEqual(['snapshot']);
    walker.walk.run('snapshot', 0);
    expect(walker.walk.mayStart(walker.leg('share:secure'))).toBe(false);
    expect(walker.verify('snapshot').startable).toEqual(['share:secure']);
    expect(walker.verify('share:secure').startable).toEqual(['copy:secure']);
  });

  it('is skipped when what it needs has failed, and so is what needs it', () => {
    const { walk, leg } = bound(new Walker());
    walk.fail('snapshot', failure);
    expect(walk.mustSkip(leg('share:secure'))).toBe(true);
    walk.skip('share:secure');
    expect(walk.mustSkip(leg('copy:secure'))).toBe(true);
  });

  it('is not skipped for the failure of one beside it', () => {
    const other = { ...secure, name: 'other', account: '222222222222' };
    const walker = new Walker(plan({ route: [secure, other] })).verify('snapshot', 'share:secure', 'share:other');
    walker.walk.fail('copy:secure', failure);
    expect(walker.walk.mustSkip(walker.leg('copy:other'))).toBe(false);
    expect(walker.startable).toEqual(['copy:other']);
  });

  it('that was postponed may start again, as if it had never waited', () => {
    const { walk, leg } = bound(new Walker());
    walk.wait('snapshot', '999999999999/eu-west-1/cluster-snapshots-in-progress');
    walk.postpone('snapshot');
    expect(walk.report[0]).toEqual({ leg: 'snapshot', state: 'pending' });
    expect(walk.mayStart(leg('snapshot'))).toBe(true);
  });

  it('must be one of the route', () => {
    expect(() => new Walker().walk.state('export')).toThrow('the route has no leg export');
  });
});

describe('what was lent', () => {
  it('is a share of the source and every intermediate; the share of an intermediate goes with it', () => {
    const ids = (legs: Leg[]) => new RouteWalk(legs).cleanups().map((c) => c.id);
    expect(ids(plan())).toEqual(['unshare:secure']);
    expect(ids(plan({ encryption: encryptions.default }))).toEqual(['delete:source-shareable']);
    expect(ids(plan({ route: [secureDr] }))).toEqual(['unshare:secure-dr', 'delete:secure-dr-landing']);
  });

  it('is taken back only once the last reader has its verified copy', () => {
    const walker = new Walker(plan({ encryption: encryptions.default })).verify(
      'snapshot',
      're-encrypt',
      'share:secure',
    );
    const cleanup = walker.cleanup('delete:source-shareable');
    expect(walker.walk.isDue(cleanup)).toBe(false);
    walker.walk.run('copy:secure', 0);
    expect(walker.walk.isDue(cleanup)).toBe(false);
    expect(walker.verify('copy:secure').walk.isDue(cleanup)).toBe(true);
  });

  it('to one account is not held up by the copy of another', () => {
    const other = { ...secure, name: 'other', account: '222222222222' };
    const walker = new Walker(plan({ route: [secure, other] })).verify(
      'snapshot',
      'share:secure',
      'share:other',
      'copy:secure',
    );
    expect(walker.walk.isDue(walker.cleanup('unshare:secure'))).toBe(true);
    expect(walker.walk.isDue(walker.cleanup('unshare:other'))).toBe(false);
  });

  it('is taken back too when its readers failed or were skipped', () => {
    const walker = new Walker(plan({ route: [secureDr] })).verify(
      'snapshot',
      'share:secure-dr',
      'copy:secure-dr-landing',
    );
    walker.walk.fail('copy:secure-dr', failure);
    const cleanup = walker.cleanup('delete:secure-dr-landing');
    expect(walker.walk.isDue(cleanup)).toBe(true);
    expect(walker.walk.isNeeded(cleanup)).toBe(true);
  });

  it('needs no taking back when it never was lent', () => {
    const walker = new Walker();
    walker.walk.fail('snapshot', failure);
    for (const id of ['share:secure', 'copy:secure', 'copy:secure-dr']) walker.walk.skip(id);
    const cleanup = walker.cleanup('unshare:secure');
    expect(walker.walk.isDue(cleanup)).toBe(true);
    expect(walker.walk.isNeeded(cleanup)).toBe(false);
  });
});

describe('the outcome of a recovery point', () => {
  it.each<[string, RecoveryPointState, string[]]>([
    ['every place has its copy', 'completed', ['snapshot', 'share:secure', 'copy:secure', 'copy:secure-dr']],
    ['one vault lacks it', 'partially-failed', ['snapshot', 'share:secure', 'copy:secure']],
    ['only the source has one, which is no backup', 'failed', ['snapshot', 'share:secure']],
    ['there is none', 'failed', []],
  ])('when %s is %s', (_, outcome, verified) => {
    expect(new Walker().verify(...verified).walk.outcome).toBe(outcome);
  });

  it('does not count a landing copy', () => {
    const walker = new Walker(plan({ route: [secureDr] })).verify(
      'snapshot',
      'share:secure-dr',
      'copy:secure-dr-landing',
    );
    expect(walker.walk.outcome).toBe('failed');
  });

  it('names the legs that failed and why', () => {
    const { walk } = new Walker().verify('snapshot', 'share:secure', 'copy:secure');
    walk.fail('copy:secure-dr', failure);
    expect(walk.failures).toEqual([{ leg: 'copy:secure-dr', ...failure }]);
    expect(walk.copies.map(({ place }) => place)).toEqual(['source', 'secure']);
  });
});

describe('a walk in which anything may fail', () => {
  it('always comes to an end, with everything lent taken back after its readers', () => {
    const routes = fc.constantFrom(
      plan(),
      plan({ encryption: encryptions.default }),
      plan({ route: [secureDr] }),
      plan({
        route: [secure, { ...secure, name: 'other', account: '222222222222' }, secureDr],
        encryption: encryptions.default,
      }),
    );
    fc.assert(
      fc.property(routes, fc.infiniteStream(fc.boolean()), fc.infiniteStream(fc.nat()), (legs, fails, choices) => {
        const walker = new Walker(legs);
        const { walk } = walker;
        const cleaned = new Set<string>();
        for (let step = 0; step < legs.length; step += 1) {
          const open = legs.filter(
            (leg) => walk.state(leg.id) === 'pending' && (walk.mustSkip(leg) || walk.mayStart(leg)),
          );
          const leg = open[(choices.next().value as number) % open.length];
          if (leg === undefined) throw new Error(`stuck: ${JSON.stringify(walk.report)}`);
          for (const gone of cleaned) expect(leg.from).not.toBe(gone);
          if (walk.mustSkip(leg)) walk.skip(leg.id);
          else if (fails.next().value) walk.fail(leg.id, failure);
          else walker.verify(leg.id);
          for (const cleanup of walk.cleanups())
            if (cleanup.type === 'delete' && walk.isDue(cleanup)) cleaned.add(cleanup.leg.place);
        }
        for (const cleanup of walk.cleanups()) expect(walk.isDue(cleanup)).toBe(true);
      }),
    );
  });
});

function bound(walker: Walker) {
  return { walk: walker.walk, leg: (id: string) => walker.leg(id) };
}
