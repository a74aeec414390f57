import { type Hold, newHold } from '../../../../src/core/retention/hold';
import {
  type HoldAct,
  holdActKey,
  HoldActs,
  holdId,
  holdNote,
  joinedHolds,
  readHold,
} from '../../../../src/core/retention/storedHold';

const copy = { path: 'aurora-cluster/999999999999/eu-west-1/retention', time: '20261121t020000z' };
const at = Date.parse('2026-11-21T09:00:00Z');
const hold = newHold('anna@laptop', at, 'breach-7', 'ticket');
const id = holdId(hold);

function active(...acts: readonly (readonly [HoldAct, number])[]) {
  const all = new HoldActs();
  for (const [act, seconds] of acts) all.add(holdActKey(copy, id, act, at + seconds * 1000));
  return all.active(copy);
}

describe('what was done to the holds of a copy', () => {
  const only = { locked: false, cloud: null, releasing: false };
  const ours = { ...only, cloud: 'ours' };
  it.each<[string, readonly HoldAct[], object | null]>([
    ['set', ['set'], only],
    ['locked', ['set', 'locking', 'locked'], { ...ours, locked: true }],
    [
      'locked beside a hold of somebody else',
      ['set', 'beside', 'locking', 'locked'],
      { ...only, cloud: 'others', locked: true },
    ],
    ['half locked', ['set', 'locking'], ours],
    ['refused by the cloud', ['set', 'locking', 'refused'], only],
    ['refused, and locked later', ['set', 'locking', 'refused', 'locking', 'locked'], { ...ours, locked: true }],
    ['half released', ['set', 'locking', 'locked', 'unlocked'], { ...ours, releasing: true }],
    ['set while it was released', ['set', 'locking', 'locked', 'unlocked', 'set'], ours],
    ['released', ['set', 'locking', 'locked', 'unlocked', 'released'], null],
    [
      'set again, and the locks of before are not its own',
      ['set', 'locking', 'locked', 'unlocked', 'released', 'set'],
      only,
    ],
    ['locked, and somebody has taken away what set it', ['locking', 'locked'], { ...ours, locked: true }],
  ])('says that it is %s, in whatever order they are listed', (_, acts, wanted) => {
    const timed = acts.map((act, seconds) => [act, seconds] as const);
    const found = wanted === null ? [] : [expect.objectContaining({ id, ...wanted })];
    expect(active(...timed)).toEqual(found);
    expect(active(...[...timed].reverse())).toEqual(found);
  });

  it.each<[string, readonly (readonly [HoldAct, number])[], object]>([
    [
      'set and released in one moment: it stays',
      [
        ['released', 0],
        ['set', 0],
      ],
      only,
    ],
    [
      'locked and unlocked in one moment: nobody counts on it',
      [
        ['set', 0],
        ['unlocked', 1],
        ['locked', 1],
      ],
      { locked: false },
    ],
    [
      'begun by two in one moment, one of whom found a hold',
      [
        ['set', 0],
        ['beside', 1],
        ['locking', 1],
      ],
      { cloud: 'others' },
    ],
  ])('takes the careful side of what is %s', (_, acts, wanted) => {
    expect(active(...acts)).toMatchObject([wanted]);
    expect(active(...[...acts].reverse())).toMatchObject([wanted]);
  });

  it('says nothing of other copies, and nothing that is no such object', () => {
    const all = new HoldActs();
    const key = holdActKey(copy, id, 'set', at);
    for (const other of [key.replace('20261121t', '20261122t'), key.replace('-set', '-sat'), `x/${key}`, `${key}x`])
      all.add(other);
    expect(all.active(copy)).toEqual([]);
  });

  it('is followed by what is done next, by whichever clock', () => {
    const all = new HoldActs();
    all.add(holdActKey(copy, id, 'released', at + 3600_000));
    all.add(holdActKey(copy, id, 'set', all.after(copy, id, at)));
    expect(all.active(copy)).toHaveLength(1);
    expect(all.after(copy, 'another', at)).toBe(at);
  });
});

describe('a hold beside a copy', () => {
  const told = { id, locked: true, cloud: 'ours', releasing: false } as const;
  const read = (content: string) => readHold({ ...told, key: 'its/key' }, content);

  it('is read as it was written', () => {
    expect(read(holdNote(hold))).toEqual({ ...told, hold });
    const unnamed = newHold('bob@desk', at, null, 'audit');
    expect(readHold({ ...told, id: holdId(unnamed), key: '' }, holdNote(unnamed)).hold).toEqual(unnamed);
  });

  const written = (change: Partial<Hold>) => holdNote({ ...hold, ...change });
  it.each([
    ['no JSON', 'hold'],
    ['nothing', ''],
    ['another hold than its name', written({ incident: 'breach-8' })],
    ['two holds', written({ reason: 'a + 2026-11-21T09:00:00Z by=eve why=b' })],
    ['a text without an author', written({ by: null })],
    ['a text that reads as no hold', written({ by: 'a b' })],
    ['more than anybody reads', written({ reason: 'x'.repeat(5000) })],
  ])('holds all the same where it is %s', (_, content) => {
    const found = read(content);
    expect(found).toMatchObject({ ...told, hold: { by: null, incident: null } });
    expect(joinedHolds('none', [found])).toContain('a hold that cannot be read in its/key');
  });

  it('stands beside what the record says', () => {
    expect(joinedHolds('none', [])).toBe('none');
    expect(joinedHolds('legal', [])).toBe('legal');
    expect(joinedHolds('legal', [{ hold }])).toBe(
      'legal + 2026-11-21T09:00:00Z by=anna@laptop incident=breach-7 why=ticket',
    );
  });
});
