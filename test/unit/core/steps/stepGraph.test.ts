import fc from 'fast-check';
import { step, type Step } from '../../../../src/core/steps/step';
import { type GraphOutcome, StepGraph } from '../../../../src/core/steps/stepGraph';
import { type StepResult } from '../../../../src/core/steps/stepResult';
import { encryptions, plan, secure, secureDr } from '../../kinds/steps/routes';

const failure = { type: 'OperationFailed', message: 'AWS reports it as failed' } as const;

function resultOf({ type, scope, marker: id, place }: Step): StepResult {
  if (type === 'share') return {};
  const at = '2026-11-21T02:10:00Z';
  return {
    copy: {
      kind: 'aurora-cluster',
      account: scope.account,
      region: scope.region,
      id,
      arn: `arn:aws:rds:${scope.region}:${scope.account}:cluster-snapshot:${id}`,
      place: place ?? '',
      keyArn: null,
      sizeGiB: 1,
      dataTime: at,
      verifiedAt: at,
    },
  };
}

class Walker {
  readonly graph: StepGraph;
  constructor(readonly steps: readonly Step[] = plan()) {
    this.graph = new StepGraph(steps);
  }
  step(id: string): Step {
    return this.graph.step(id);
  }
  /** Begins these steps and ends them well. */
  done(...ids: string[]): this {
    for (const id of ids) {
      this.graph.start(id, 0);
      this.graph.end(id, 0, resultOf(this.step(id)));
    }
    return this;
  }
  get startable(): string[] {
    return this.steps
      .filter((one) => this.graph.state(one.id) === 'pending' && this.graph.mayStart(one))
      .map(({ id }) => id);
  }
}

describe('a step of a plan', () => {
  it('may start once everything before it is done, not only running', () => {
    const walker = new Walker();
    expect(walker.startable).toEqual(['snapshot']);
    walker.graph.start('snapshot', 0);
    walker.graph.run('snapshot', 0);
    expect(walker.graph.mayStart(walker.step('share:secure'))).toBe(false);
    expect(walker.done('snapshot').startable).toEqual(['share:secure']);
    expect(walker.done('share:secure').startable).toEqual(['copy:secure']);
  });

  it('may start behind others once they have ended, well or not', () => {
    const steps = [named('one'), named('two'), named('last', { behind: ['one', 'two'] })];
    const walker = new Walker(steps).done('one');
    expect(walker.graph.mayStart(walker.step('last'))).toBe(false);
    walker.graph.fail('two', failure, 0);
    expect(walker.graph.mustSkip(walker.step('last'))).toBe(false);
    expect(walker.graph.mayStart(walker.step('last'))).toBe(true);
  });

  it('is skipped when what it needs has failed, and so is what needs it', () => {
    const { graph, step: of } = bound(new Walker());
    graph.fail('snapshot', failure, 0);
    expect(graph.mustSkip(of('share:secure'))).toBe(true);
    graph.skip('share:secure');
    expect(graph.mustSkip(of('copy:secure'))).toBe(true);
  });

  it('is not skipped for the failure of one beside it', () => {
    const other = { ...secure, name: 'other', account: '222222222222' };
    const walker = new Walker(plan({ route: [secure, other] })).done('snapshot', 'share:secure', 'share:other');
    walker.graph.fail('copy:secure', failure, 0);
    expect(walker.graph.mustSkip(walker.step('copy:other'))).toBe(false);
    expect(walker.startable).toEqual(['copy:other']);
  });

  it('that was postponed may start again, as if it had never waited', () => {
    const { graph, step: of } = bound(new Walker());
    graph.wait('snapshot', '999999999999/eu-west-1/cluster-snapshots-in-progress', 0);
    graph.postpone('snapshot');
    expect(graph.report[0]).toEqual({ step: 'snapshot', state: 'pending' });
    expect(graph.mayStart(of('snapshot'))).toBe(true);
  });

  it('may not start once the plan is closed', () => {
    const { graph, step: of } = bound(new Walker());
    expect(graph.mayStart(of('snapshot'))).toBe(true);
    graph.close();
    expect(graph.mayStart(of('snapshot'))).toBe(false);
  });

  it('reads the copy of the step that it names, once that is there', () => {
    const walker = new Walker();
    expect(walker.graph.sourceOf(walker.step('copy:secure'))).toBeNull();
    walker.done('snapshot', 'share:secure');
    expect(walker.graph.sourceOf(walker.step('copy:secure'))).toMatchObject({ place: 'source' });
    expect(walker.graph.sourceOf(walker.step('snapshot'))).toBeNull();
  });

  it('must be one of the plan', () => {
    expect(() => new Walker().graph.state('export')).toThrow('the plan has no step export');
  });
});

describe('the report of a plan', () => {
  const at = (seconds: number) => seconds * 1000;
  const lineOf = (graph: StepGraph) => graph.report[0];

  it('says what a step waits for, since when, and how long all of it took', () => {
    const graph = new StepGraph([named('copy')]);
    expect(lineOf(graph)).toEqual({ step: 'copy', state: 'pending' });
    graph.wait('copy', 'a busy resource', at(5), { message: 'it is modifying', next: at(6) });
    expect(lineOf(graph)).toEqual({
      step: 'copy',
      state: 'waiting',
      waitingFor: 'a busy resource',
      since: '1970-01-01T00:00:05.000Z',
      next: '1970-01-01T00:00:06.000Z',
      message: 'it is modifying',
    });
    expect(graph.waitingFor).toEqual(['a busy resource']);
    // Another try alone is no news.
    graph.start('copy', at(10));
    expect(lineOf(graph)).toMatchObject({ state: 'waiting', message: 'it is modifying' });
    graph.wait('copy', '1/eu-west-1/copies', at(12));
    graph.start('copy', at(15));
    expect(lineOf(graph)).toMatchObject({ state: 'starting', since: '1970-01-01T00:00:15.000Z' });
    graph.run('copy', at(20));
    expect(lineOf(graph)).toEqual({
      step: 'copy',
      state: 'running',
      since: '1970-01-01T00:00:20.000Z',
      startedAt: '1970-01-01T00:00:10.000Z',
    });
    expect(graph.isRunning).toBe(true);
    graph.end('copy', at(70));
    expect(lineOf(graph)).toEqual({
      step: 'copy',
      state: 'done',
      startedAt: '1970-01-01T00:00:10.000Z',
      seconds: 60,
    });
    expect(graph.isRunning).toBe(false);
  });

  it('says why a step failed, also one that is given up', () => {
    const { graph } = new Walker().done('snapshot');
    graph.start('share:secure', 0);
    graph.giveUp('cancelled', at(1));
    expect(graph.report.map(({ state, message }) => [state, message])).toEqual([
      ['done', undefined],
      ['failed', 'cancelled'],
      ['pending', undefined],
      ['pending', undefined],
    ]);
  });
});

describe('what was lent', () => {
  const temporary = (steps: readonly Step[]) => steps.filter((one) => one.temporary).map(({ id }) => id);

  it('is a share of the source and every intermediate; the share of an intermediate goes with it', () => {
    expect(temporary(plan())).toEqual(['share:secure']);
    expect(temporary(plan({ encryption: encryptions.default }))).toEqual(['re-encrypt']);
    expect(temporary(plan({ route: [secureDr] }))).toEqual(['share:secure-dr', 'copy:secure-dr-landing']);
  });

  it('is taken back only once the last reader has its copy', () => {
    const walker = new Walker(plan({ encryption: encryptions.default })).done('snapshot', 're-encrypt', 'share:secure');
    const lent = walker.step('re-encrypt');
    expect(walker.graph.isUndoDue(lent)).toBe(false);
    walker.graph.start('copy:secure', 0);
    expect(walker.graph.isUndoDue(lent)).toBe(false);
    walker.graph.run('copy:secure', 0);
    expect(walker.graph.isUndoDue(lent)).toBe(false);
    expect(walker.done('copy:secure').graph.isUndoDue(lent)).toBe(true);
  });

  it('to one account is not held up by the copy of another', () => {
    const other = { ...secure, name: 'other', account: '222222222222' };
    const walker = new Walker(plan({ route: [secure, other] })).done(
      ...['snapshot', 'share:secure', 'share:other', 'copy:secure'],
    );
    expect(walker.graph.isUndoDue(walker.step('share:secure'))).toBe(true);
    expect(walker.graph.isUndoDue(walker.step('share:other'))).toBe(false);
  });

  it('goes before the copy that it lets others read, and only where it is temporary itself', () => {
    const scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' } as const;
    const given = { scope, marker: 'marker', expects: { seconds: 0, secondsPerGiB: 0 }, temporary: true };
    const copy = step({ ...given, id: 'copy:region', type: 'copy' });
    const lent = { ...given, type: 'share', after: [copy.id], reads: copy.id };
    const reader = step({ ...given, id: 'copy:target', type: 'copy', after: ['share'], reads: copy.id });
    const stays = step({ ...lent, id: 'share:vault', temporary: false });
    const steps = [copy, step({ ...lent, id: 'share' }), stays, reader];
    const walker = new Walker(steps).done(...steps.map(({ id }) => id));
    expect(walker.graph.sharesOf(copy).map(({ id }) => id)).toEqual(['share']);
  });

  it('is taken back too when its readers failed or were skipped', () => {
    const walker = new Walker(plan({ route: [secureDr] })).done(
      'snapshot',
      'share:secure-dr',
      'copy:secure-dr-landing',
    );
    walker.graph.fail('copy:secure-dr', failure, 0);
    const lent = walker.step('copy:secure-dr-landing');
    expect(walker.graph.isUndoDue(lent)).toBe(true);
    expect(walker.graph.mustUndo(lent)).toBe(true);
    walker.graph.undone(lent.id);
    expect(walker.graph.mustUndo(lent)).toBe(false);
  });

  it('needs no taking back when it never was lent', () => {
    const walker = new Walker();
    walker.graph.fail('snapshot', failure, 0);
    for (const id of ['share:secure', 'copy:secure', 'copy:secure-dr']) walker.graph.skip(id);
    const lent = walker.step('share:secure');
    expect(walker.graph.isUndoDue(lent)).toBe(true);
    expect(walker.graph.mustUndo(lent)).toBe(false);
  });

  it('and all that was made is taken back by a plan that is given up, the latest first', () => {
    const walker = new Walker().done('snapshot', 'share:secure');
    walker.graph.start('copy:secure', 0);
    expect(walker.graph.made.map(({ id }) => id)).toEqual(['copy:secure', 'share:secure', 'snapshot']);
    walker.graph.undone('share:secure');
    expect(walker.graph.made.map(({ id }) => id)).toEqual(['copy:secure', 'snapshot']);
  });
});

describe('the outcome of a plan', () => {
  it.each<[string, GraphOutcome, string[]]>([
    ['every place has its copy', 'completed', ['snapshot', 'share:secure', 'copy:secure', 'copy:secure-dr']],
    ['one vault lacks it', 'partially-failed', ['snapshot', 'share:secure', 'copy:secure']],
    ['only the source has one, which is no backup', 'failed', ['snapshot', 'share:secure']],
    ['there is none', 'failed', []],
  ])('when %s is %s', (_, outcome, done) => {
    expect(new Walker().done(...done).graph.outcome).toBe(outcome);
  });

  it('does not count a landing copy', () => {
    const walker = new Walker(plan({ route: [secureDr] })).done(
      'snapshot',
      'share:secure-dr',
      'copy:secure-dr-landing',
    );
    expect(walker.graph.outcome).toBe('failed');
  });

  it('is not whole without its parts, nor where something is lacking of what is there; a note changes nothing', () => {
    const steps = [
      named('copy', { counts: 'place', protects: true }),
      named('bundle', { counts: 'part' }),
      named('sign', { counts: 'note' }),
    ];
    expect(new Walker(steps).done('copy', 'bundle', 'sign').graph.outcome).toBe('completed');

    const withoutPart = new Walker(steps).done('copy', 'sign').graph;
    withoutPart.fail('bundle', failure, 0);
    expect(withoutPart.outcome).toBe('partially-failed');

    const withoutNote = new Walker(steps).done('copy', 'bundle').graph;
    withoutNote.fail('sign', failure, 0);
    expect(withoutNote.outcome).toBe('completed');
    expect(withoutNote.failures).toEqual([]);
    expect(withoutNote.notes).toEqual([{ step: 'sign', message: failure.message }]);

    const lacking = new Walker(steps).done('bundle', 'sign').graph;
    lacking.end('copy', 0, { lacks: ['AWS left out shop.orders'], notes: ['it was slow'] });
    expect(lacking.outcome).toBe('partially-failed');
    expect(lacking.failures).toEqual([{ step: 'copy', type: 'OperationFailed', message: 'AWS left out shop.orders' }]);
    expect(lacking.notes).toEqual([{ step: 'copy', message: 'it was slow' }]);
  });

  it('names the steps that failed and why', () => {
    const { graph } = new Walker().done('snapshot', 'share:secure', 'copy:secure');
    graph.fail('copy:secure-dr', failure, 0);
    expect(graph.failures).toEqual([{ step: 'copy:secure-dr', ...failure }]);
    expect(graph.copies.map(({ place }) => place)).toEqual(['source', 'secure']);
  });
});

describe('a walk in which anything may fail, of any graph', () => {
  /** Steps that depend on earlier ones, in every way; those that make copies may be temporary. */
  const graphs = fc
    .array(
      fc.record({
        after: fc.array(fc.nat(), { maxLength: 3 }),
        behind: fc.array(fc.nat(), { maxLength: 2 }),
        reads: fc.option(fc.nat()),
        temporary: fc.boolean(),
        counts: fc.constantFrom('place', 'part', 'note', 'on-the-way'),
        protects: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((drawn) =>
      drawn.map(({ after, behind, reads, ...rest }, i): Step => {
        const earlier = (n: number) => `step-${n % i}`;
        const read = reads === null || i === 0 ? null : earlier(reads);
        return named(`step-${i}`, {
          ...rest,
          // What is read is waited for.
          after: i === 0 ? [] : [...after.map(earlier), ...(read === null ? [] : [read])],
          behind: i === 0 ? [] : behind.map(earlier),
          reads: read,
        });
      }),
    );
  const planned = fc.constantFrom(
    plan(),
    plan({ encryption: encryptions.default }),
    plan({ route: [secureDr] }),
    plan({
      route: [secure, { ...secure, name: 'other', account: '222222222222' }, secureDr],
      encryption: encryptions.default,
    }),
  );

  interface Seen {
    readonly graph: StepGraph;
    /** In the order in which they were started; what was skipped never was. */
    readonly started: readonly string[];
    readonly undone: readonly string[];
    /** How many steps had ended when each step was taken back. */
    readonly readersThen: ReadonlyMap<string, readonly string[]>;
  }

  /** Several steps run side by side: which begins and which ends, and how, is drawn. */
  function walk(steps: readonly Step[], fails: fc.Stream<boolean>, choices: fc.Stream<number>): Seen {
    const { graph } = new Walker(steps);
    const started: string[] = [];
    const undone: string[] = [];
    const readersThen = new Map<string, string[]>();
    const running = () => steps.filter(({ id }) => graph.state(id) === 'running');
    while (steps.some(({ id }) => !graph.hasEnded(id))) {
      const skipped = steps.filter((one) => graph.state(one.id) === 'pending' && graph.mustSkip(one));
      const open = steps.filter(
        (one) => graph.state(one.id) === 'pending' && !graph.mustSkip(one) && graph.mayStart(one),
      );
      const moves = [...skipped, ...open, ...running()];
      const move = moves[(choices.next().value as number) % moves.length];
      if (move === undefined) throw new Error(`stuck: ${JSON.stringify(graph.report)}`);
      if (graph.state(move.id) === 'running') {
        if (fails.next().value) graph.fail(move.id, failure, 0);
        else graph.end(move.id, 0, resultOf(move));
      } else if (graph.mustSkip(move)) graph.skip(move.id);
      else {
        started.push(move.id);
        graph.start(move.id, 0);
        graph.run(move.id, 0);
      }
      for (const one of steps.filter((lent) => !undone.includes(lent.id) && graph.isUndoDue(lent))) {
        readersThen.set(
          one.id,
          steps.filter(({ id }) => graph.state(id) === 'running').map(({ id }) => id),
        );
        undone.push(one.id);
        graph.undone(one.id);
      }
    }
    return { graph, started, undone, readersThen };
  }

  const every = (check: (seen: Seen, steps: readonly Step[]) => void) =>
    fc.assert(
      fc.property(
        fc.oneof(planned, graphs),
        fc.infiniteStream(fc.boolean()),
        fc.infiniteStream(fc.nat()),
        (steps, fails, choices) => check(walk(steps, fails, choices), steps),
      ),
    );

  it('comes to an end: every step is done, has failed or was skipped', () => {
    every(({ graph }, steps) => {
      for (const { id } of steps) expect(['done', 'failed', 'skipped']).toContain(graph.state(id));
      expect(graph.isRunning).toBe(false);
    });
  });

  it('starts nothing before what it depends on, and nothing twice', () => {
    every(({ graph, started }, steps) => {
      expect(new Set(started).size).toBe(started.length);
      for (const { id, after, behind } of steps) {
        if (!started.includes(id)) {
          expect(after.some((before) => graph.state(before) !== 'done')).toBe(true);
          continue;
        }
        for (const before of after) {
          expect(graph.state(before)).toBe('done');
          expect(started.indexOf(before)).toBeLessThan(started.indexOf(id));
        }
        for (const before of behind.filter((one) => started.includes(one)))
          expect(started.indexOf(before)).toBeLessThan(started.indexOf(id));
      }
    });
  });

  it('takes back everything that is temporary, once, and never while a reader runs', () => {
    every(({ undone, readersThen }, steps) => {
      expect([...undone].sort()).toEqual(
        steps
          .filter(({ temporary }) => temporary)
          .map(({ id }) => id)
          .sort(),
      );
      for (const [id, running] of readersThen)
        for (const reader of steps.filter(({ reads, after }) => reads === id || after.includes(id)))
          expect(running).not.toContain(reader.id);
    });
  });

  it('is called whole only where every place is done, and failed only where nothing is protected', () => {
    every(({ graph }, steps) => {
      const isDone = ({ id }: Step) => graph.state(id) === 'done';
      const places = steps.filter(({ counts }) => counts === 'place');
      if (graph.outcome === 'completed') expect(places.every(isDone)).toBe(true);
      if (graph.outcome === 'failed') expect(places.some((one) => one.protects && isDone(one))).toBe(false);
    });
  });
});

function named(id: string, changes: Partial<Step> = {}): Step {
  return step({
    id,
    type: 'copy',
    scope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
    marker: id,
    expects: { seconds: 0, secondsPerGiB: 0 },
    ...changes,
  });
}

function bound(walker: Walker) {
  return { graph: walker.graph, step: (id: string) => walker.step(id) };
}
