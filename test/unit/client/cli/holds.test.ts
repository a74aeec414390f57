import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { copyTags, temporaryRetention } from '../../../../src/core/catalogue/copy';
import { type ResourceRef } from '../../../../src/core/resource';
import { type HeldPoint } from '../../../../src/core/retention/holdPoints';
import { awsError } from '../../../fakes/cloud';
import { HeldFleet, heldFleetText } from '../retention/heldFleet';
import { epoch, type Run, runWith } from './terminal';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'farcopy-holds-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const [day1, day2, day3] = ['2026-11-18T02:00:00Z', '2026-11-19T02:00:00Z', '2026-11-20T02:00:00Z'] as const;

class World extends HeldFleet {
  static async make(): Promise<World> {
    const world = new World();
    const [shop, stock] = [world.add('shop'), world.add('stock')];
    await world.backUp(shop, day1);
    for (const resource of [shop, stock]) await world.backUp(resource, day2);
    await world.backUp(shop, day3);
    world.now = epoch;
    return world;
  }

  run(...words: string[]): Promise<Run> {
    return this.runWith(heldFleetText, ...words);
  }

  async runWith(text: string, ...words: string[]): Promise<Run> {
    const file = path.join(folder, 'fleet.yaml');
    writeFileSync(file, text);
    return runWith({ kinds: this.kinds }, ...words, '--fleet', file, '--utc');
  }

  /** Copies that are held, one line each. */
  get held(): string[] {
    return Object.entries(this.tags())
      .filter(([, hold]) => hold !== 'none')
      .map(([copy]) => copy)
      .sort();
  }

  async holds(...words: string[]): Promise<readonly HeldPoint[]> {
    const { stdout } = await this.run('holds', ...words, '--json');
    return (JSON.parse(stdout) as { holds: HeldPoint[] }).holds;
  }

  /** Writes tags on a copy, past Farcopy. */
  async retag(line: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const copy = this.copyAt(line);
    const { account, region } = copy;
    await this.cloud.kinds().copiesOf(copy.kind).tag(copy, { account, region, access: 'marker' }, tags);
  }

  /** Deletes a copy, past Farcopy. */
  async remove(line: string): Promise<void> {
    const { account, region, kind, id } = this.copyAt(line);
    await this.cloud.kinds().copiesOf(kind).delete({ id }, { account, region, access: 'pruner' });
  }

  /** The tag of one copy is refused. */
  refuse(about: string, times = 1): void {
    const failure = () => awsError('AccessDenied', 'no identity-based policy allows it', 403);
    this.cloud.fault({ call: 'tag', about, failure, times });
  }
}

const everywhere = (id: string, ...days: readonly string[]) =>
  days.flatMap((day) => ['secure', 'secure-dr', 'source'].map((place) => `${id} ${day} in ${place}`)).sort();
const why = ['--reason', 'ticket 4711'];
const pointId = ({ kind, account, region, id }: ResourceRef, day: string) => [kind, account, region, id, day].join('/');

let world: World;
beforeEach(async () => (world = await World.make()));

describe('hold', () => {
  test('of a resource sets the tag on every copy of all its recovery points, with the role that marks and no other', async () => {
    const { exitCode, stdout, stderr } = await world.run('hold', 'shop', ...why);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('9 copies of 3 recovery points are held');
    expect(world.held).toEqual(everywhere('shop', day1, day2, day3));
    expect(world.tags()[`shop ${day1} in secure-dr`]).toMatch(/^2026-11-21T02:00:00Z by=\S+@\S+ why=ticket 4711$/);
    expect([...new Set(world.heard.map((line) => line.replace(/ of .*/, '')))]).toEqual([
      'list as marker',
      'tag as marker',
    ]);
  });

  test.each([
    ['a day', ['shop', '--from', '2026-11-19', '--to', '2026-11-19'], everywhere('shop', day2)],
    [
      'a day of all',
      ['--all', '--from', '2026-11-19', '--to', '2026-11-19'],
      [...everywhere('shop', day2), ...everywhere('stock', day2)],
    ],
    ['from a time on', ['shop', '--from', '2026-11-18T02:00:01Z'], everywhere('shop', day2, day3)],
    ['up to a time', ['shop', '--to', day2], everywhere('shop', day1, day2)],
    ['a scheduled time', ['shop', '--point', '2026-11-19T03:00:00+01:00'], everywhere('shop', day2)],
    ['an id', ['--point', `aurora-cluster/999999999999/eu-west-1/stock/${day2}`], everywhere('stock', day2)],
  ])('of %s holds no other', async (_, words, held) => {
    expect((await world.run('hold', ...words, ...why)).exitCode).toBe(0);
    expect(world.held).toEqual(held);
  });

  test('shows what it would hold, and holds nothing, in a dry run', async () => {
    const { exitCode, stdout } = await world.run('hold', 'shop', '--dry-run', ...why);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('9 copies of 3 recovery points would be held');
    expect(world.held).toEqual([]);
  });

  test('said twice leaves all as it was, and makes up for what has come since', async () => {
    await world.run('hold', 'shop', '--incident', 'breach-7', ...why);
    const before = world.tags();
    const again = await world.run('hold', 'shop', '--incident', 'breach-7', '--reason', 'another word');
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain('9 of them were before');
    expect(world.tags()).toEqual(before);
    await world.backUp(world.add('shop'), '2026-11-21T01:00:00Z');
    await world.run('hold', 'shop', '--incident', 'breach-7', ...why);
    expect(world.held).toEqual(everywhere('shop', day1, day2, day3, '2026-11-21T01:00:00Z'));
  });

  test('stays beside the hold of another incident, and tells of it', async () => {
    await world.run('hold', 'shop', '--point', day1, '--incident', 'breach-7', ...why);
    const { stdout } = await world.run('hold', 'shop', '--point', day1, '--incident', 'audit', ...why);
    expect(stdout).toMatch(/1 held by others too, which stays: \S+ for incident breach-7 since 2026-11-21T02:00:00Z/);
    await world.run('release', '--incident', 'breach-7', ...why);
    expect(world.held).toEqual(everywhere('shop', day1));
    expect((await world.holds()).map(({ hold }) => hold.incident)).toEqual(['audit']);
  });

  test('that does not reach every copy says which, is not called complete, and is so after a second run', async () => {
    world.refuse('eu-central-1:111111111111');
    const first = await world.run('hold', 'shop', '--point', day1, ...why, '--json');
    expect(first.exitCode).toBe(3);
    expect(first.stderr).toMatch(
      /could not hold arn:aws:rds:eu-central-1:111111111111:cluster-snapshot:\S+: .*marker role/,
    );
    expect(first.stderr).toContain('the hold is not complete');
    expect(JSON.parse(first.stdout)).toMatchObject({ ok: false, complete: false });
    expect(world.held).toEqual([`shop ${day1} in secure`, `shop ${day1} in source`]);
    expect(await world.holds()).toMatchObject([{ places: ['secure', 'source'], without: ['secure-dr'] }]);
    const second = await world.run('hold', 'shop', '--point', day1, ...why, '--json');
    expect({ code: second.exitCode, ...(JSON.parse(second.stdout) as object) }).toMatchObject({
      code: 0,
      complete: true,
    });
    expect(world.held).toEqual(everywhere('shop', day1));
  });

  test.each([
    ['is deleted', (line: string) => world.remove(line), 'it is gone: a deletion came between'],
    ['loses its tag', (line: string) => world.retag(line, { [copyTags.hold]: 'none' }), "another person's change came"],
    [
      'is about to be deleted',
      (line: string) => void (world.deleting = world.copyAt(line).arn),
      'its service is deleting it',
    ],
  ])('has failed of a copy that %s just after it was tagged', async (_, meanwhile, message) => {
    const line = `shop ${day1} in secure`;
    const { arn } = world.copyAt(line);
    let isOver = false;
    world.meanwhile = {
      tagged: async (copy) => {
        if (isOver || copy !== arn) return;
        isOver = true;
        await meanwhile(line);
      },
    };
    const { exitCode, stdout, stderr } = await world.run('hold', 'shop', '--point', day1, ...why, '--json');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(new RegExp(`could not hold ${arn}: .*${message}`));
    expect(JSON.parse(stdout)).toMatchObject({ complete: false });
  });

  test('that reaches no copy has failed, and where AWS does not answer, may work later', async () => {
    world.refuse('cluster-snapshot', 3);
    expect((await world.run('hold', 'shop', '--point', day1, ...why)).exitCode).toBe(4);
    const failure = () => awsError('ServiceUnavailable', 'later', 503);
    world.cloud.fault({ call: 'tag', failure, times: 3 });
    expect((await world.run('hold', 'shop', '--point', day1, ...why)).exitCode).toBe(5);
    expect(world.held).toEqual([]);
  });

  test('is not complete where a place cannot be read', async () => {
    const failure = () => awsError('AccessDenied', 'no', 403);
    world.cloud.fault({ call: 'listCopies', failure });
    const { exitCode, stderr } = await world.run('hold', '--all', ...why);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('could not read');
    expect(stderr).toContain('the hold is not complete');
  });

  test('is not complete where the tags of a copy are not believed', async () => {
    const line = `shop ${day1} in source`;
    const { arn } = world.copyAt(line);
    await world.retag(line, { [copyTags.place]: 'secure' });
    const { exitCode, stdout, stderr } = await world.run('hold', 'shop', '--point', day1, ...why, '--json');
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`not held: ${arn}: not believed: `);
    expect(stderr).toContain('the hold is not complete');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, complete: false, doubted: [{ copy: arn, place: 'source' }] });
  });

  test('is not complete where of a recovery point only intermediate copies are there', async () => {
    await world.backUp(world.add('young'), day3, []);
    await world.retag(`young ${day3} in source`, { [copyTags.retention]: temporaryRetention });
    const { exitCode, stdout, stderr } = await world.run('hold', '--all', ...why, '--json');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/not held: \S+\/young\/\S+: it is being made: run this again/);
    const recoveryPoint = `aurora-cluster/999999999999/eu-west-1/young/${day3}`;
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, notHeld: [{ recoveryPoint }] });
  });

  test.each([
    [['hold', ...why], 'nothing is named'],
    [['hold', '--all', 'shop', ...why], 'exclude each other'],
    [['hold', 'shop'], "required option '--reason <text>'"],
    [['hold', 'shop', '--reason', '!?'], 'a hold has a reason'],
    [['hold', 'shop', '--incident', 'two words', ...why], 'Name it by at most 40 letters'],
    [['hold', 'shop', '--point', 'yesterday', ...why], 'neither the id of a recovery point'],
    [['hold', 'shop', '--point', `x/${day1}`, ...why], '--point names its resource already'],
    [['hold', 'shop', '--from', '2026-11-20', '--to', '2026-11-19', ...why], '--from is later than --to'],
    [['hold', 'nobody', ...why], 'nobody: there is no such resource in the copies of fleet panda'],
    [['hold', 'shop', '--point', '2026-11-18T02:00:01Z', ...why], 'there is no such recovery point'],
    [['release', ...why], 'nothing is named'],
    [['release', 'shop', '--reason', '🐼'], 'a release has a reason'],
  ])('%j is refused, and holds nothing', async (words, message) => {
    const { exitCode, stderr } = await world.run(...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(world.held).toEqual([]);
  });

  test.each(['hold', 'release'])('%s without the role that marks says what to do', async (command) => {
    const without = heldFleetText.replace(/ {2}(marker|pruner): .*\n/g, '');
    const { exitCode, stderr } = await world.runWith(without, command, 'shop', ...why);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('has no roles.marker');
    expect(stderr).toContain('docs/retention.md#roles');
  });
});

describe('release', () => {
  test('of an incident takes its holds everywhere, and no others', async () => {
    await world.run('hold', '--all', '--incident', 'breach-7', ...why);
    await world.run('hold', 'stock', ...why);
    const dry = await world.run('release', '--incident', 'breach-7', '--dry-run', ...why);
    expect(dry.stdout).toContain('12 copies of 4 recovery points would be released');
    expect(world.held).toHaveLength(12);
    const { exitCode, stdout } = await world.run('release', '--incident', 'breach-7', ...why);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('12 copies of 4 recovery points are released');
    expect(stdout).toContain('1 recovery points stay held without an incident');
    expect(world.held).toEqual(everywhere('stock', day2));
    expect((await world.run('release', '--incident', 'breach-7', ...why)).exitCode).toBe(0);
  });

  test('of a resource shows whose holds they are, and releases them with --yes only', async () => {
    await world.run('hold', 'shop', '--point', day1, ...why);
    const asked = await world.run('release', 'shop', '--reason', 'done');
    expect(asked.exitCode).toBe(2);
    expect(asked.stdout).toContain('ticket 4711');
    expect(asked.stderr).toMatch(/nothing was released: 1 recovery points are held by \S+@\S+/);
    expect(asked.stderr).toContain('--yes');
    expect(world.held).toEqual(everywhere('shop', day1));
    expect((await world.run('release', 'shop', '--reason', 'done', '--yes')).exitCode).toBe(0);
    expect(world.held).toEqual([]);
    expect(Object.values(world.tags())).not.toContain('');
  });

  test('of a resource leaves what an incident holds, even with --yes', async () => {
    await world.run('hold', 'shop', '--point', day1, '--incident', 'breach-7', ...why);
    const { exitCode, stdout } = await world.run('release', 'shop', '--reason', 'done', '--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('None of it is held without an incident.');
    expect(stdout).toContain('1 recovery points of it stay held for incident breach-7');
    expect(world.held).toEqual(everywhere('shop', day1));
  });

  test('of a resource leaves a hold that it has not shown, and tells of it', async () => {
    await world.run('hold', 'shop', '--point', day1, ...why);
    const line = `shop ${day1} in secure`;
    const legal = '2026-11-21T02:00:01Z by=eve@court why=legal';
    const both = `${world.tags()[line] ?? ''} + ${legal}`;
    world.meanwhile = {
      asked: async () => {
        world.meanwhile = {};
        await world.retag(line, { [copyTags.hold]: both });
      },
    };
    const { exitCode, stdout, stderr } = await world.run('release', 'shop', '--reason', 'done', '--yes', '--json');
    expect(exitCode).toBe(0);
    expect(world.tags()[line]).toBe(legal);
    expect(world.held).toEqual([line]);
    expect(stderr).toMatch(/stays held: \S+\/shop\/\S+: set since it was listed: eve@court since \S+: legal/);
    expect(JSON.parse(stdout)).toMatchObject({
      released: [{ hold: { reason: 'ticket 4711' } }],
      staying: [{ hold: { reason: 'legal' }, places: ['secure'] }],
    });
  });

  test('takes the hold of an intermediate copy too, which holds keeps listing until then', async () => {
    await world.run('hold', 'shop', '--point', day1, '--incident', 'breach-7', ...why);
    const line = `shop ${day1} in source`;
    await world.retag(line, { [copyTags.retention]: temporaryRetention });
    expect(await world.holds()).toMatchObject([{ places: ['secure', 'secure-dr', 'source'], without: [] }]);
    expect((await world.run('release', '--incident', 'breach-7', ...why)).exitCode).toBe(0);
    expect(world.held).toEqual([]);
  });

  test('of one recovery point leaves the others of its incident', async () => {
    await world.run('hold', 'shop', '--incident', 'breach-7', ...why);
    const [shop] = world.cloud.resourcesIn('aurora-cluster', { account: '999999999999', region: 'eu-west-1' }).values();
    if (shop === undefined) throw new Error('there is none');
    await world.run('release', '--incident', 'breach-7', '--point', pointId(shop, day2), ...why);
    expect(world.held).toEqual(everywhere('shop', day1, day3));
  });

  test('that does not reach every copy says which is still held', async () => {
    await world.run('hold', 'shop', '--point', day1, '--incident', 'breach-7', ...why);
    world.refuse('eu-central-1:111111111111');
    const { exitCode, stderr } = await world.run('release', '--incident', 'breach-7', ...why);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/could not release arn:aws:rds:eu-central-1:111111111111:/);
    expect(world.held).toEqual([`shop ${day1} in secure-dr`]);
  });
});

describe('what is held', () => {
  test('is listed with who, why and where, for people and for programs', async () => {
    await world.run('hold', 'shop', '--point', day1, '--incident', 'breach-7', ...why);
    await world.run('hold', 'stock', '--reason', 'audit');
    const { exitCode, stdout } = await world.run('holds');
    expect(exitCode).toBe(0);
    for (const word of ['shop', 'stock', 'breach-7', 'ticket 4711', 'audit', '2026-11-18 02:00:00 UTC', '@'])
      expect(stdout).toContain(word);
    expect(await world.holds('--incident', 'breach-7')).toMatchObject([
      {
        recoveryPoint: `aurora-cluster/999999999999/eu-west-1/shop/${day1}`,
        hold: { since: '2026-11-21T02:00:00Z', incident: 'breach-7', reason: 'ticket 4711' },
        places: ['secure', 'secure-dr', 'source'],
        without: [],
      },
    ]);
    expect(await world.holds('stock')).toMatchObject([{ hold: { incident: null, reason: 'audit' } }]);
  });

  test('is shown by copies in short, and keeps what retention would let go, in words', async () => {
    await world.run('hold', 'shop', '--point', day1, '--incident', 'breach-7', ...why);
    expect((await world.run('copies', 'shop')).stdout).toMatch(/breach-7\s*\n/);
    const { stdout } = await world.run('prune', '--plan', '--json');
    const { kept, doomed } = JSON.parse(stdout) as {
      kept: { copy: { recoveryPoint: string }; reasons: string[] }[];
      doomed: object[];
    };
    expect(doomed).toEqual([]);
    const held = kept.filter(({ copy }) => copy.recoveryPoint.endsWith(`shop/${day1}`));
    expect(held).toHaveLength(3);
    for (const { reasons } of held)
      expect(reasons.at(0)).toMatch(/^hold: \S+@\S+ for incident breach-7 since 2026-11-21T02:00:00Z: ticket 4711$/);
    await world.run('release', '--incident', 'breach-7', ...why);
    const after = JSON.parse((await world.run('prune', '--plan', '--json')).stdout) as { doomed: object[] };
    expect(after.doomed).toHaveLength(3);
  });
});
