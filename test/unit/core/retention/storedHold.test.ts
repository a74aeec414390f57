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
  it.each<[string, readonly (readonly [HoldAct, number])[], boolean | null]>([
    ['set', [['set', 0]], false],
    [
      'set, and locked',
      [
        ['set', 0],
        ['locked', 1],
      ],
      true,
    ],
    [
      'locked, and unlocked on the way to its release',
      [
        ['set', 0],
        ['locked', 1],
        ['unlocked', 2],
      ],
      false,
    ],
    [
      'released',
      [
        ['set', 0],
        ['locked', 1],
        ['unlocked', 2],
        ['released', 3],
      ],
      null,
    ],
    [
      'set again, which the lock of before is not of',
      [
        ['set', 0],
        ['locked', 1],
        ['released', 2],
        ['set', 3],
      ],
      false,
    ],
    [
      'set and released in one moment: it stays',
      [
        ['released', 0],
        ['set', 0],
      ],
      false,
    ],
    [
      'locked and unlocked in one moment: nobody counts on it',
      [
        ['set', 0],
        ['unlocked', 1],
        ['locked', 1],
      ],
      false,
    ],
  ])('says that it is %s, in whatever order they are listed', (_, acts, locked) => {
    const wanted = locked === null ? [] : [expect.objectContaining({ id, locked })];
    expect(active(...acts)).toEqual(wanted);
    expect(active(...[...acts].reverse())).toEqual(wanted);
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
  const read = (content: string) => readHold({ id, key: 'its/key', locked: true }, content);

  it('is read as it was written', () => {
    expect(read(holdNote(hold, false))).toEqual({ id, locked: true, hold, foreign: false });
    expect(read(holdNote(hold, true)).foreign).toBe(true);
    const unnamed = newHold('bob@desk', at, null, 'audit');
    expect(readHold({ id: holdId(unnamed), key: '', locked: false }, holdNote(unnamed, false)).hold).toEqual(unnamed);
  });

  const written = (change: Partial<Hold>) => holdNote({ ...hold, ...change }, false);
  it.each([
    ['no JSON', 'hold'],
    ['nothing', ''],
    ['another hold than its name', written({ incident: 'breach-8' })],
    ['two holds', written({ reason: 'a + 2026-11-21T09:00:00Z by=eve why=b' })],
    ['a text without an author', holdNote({ ...hold, by: null }, false)],
    ['a text that reads as no hold', written({ by: 'a b' })],
    ['more than anybody reads', written({ reason: 'x'.repeat(5000) })],
  ])('holds all the same where it is %s, and nobody takes the hold of the cloud away for it', (_, content) => {
    const found = read(content);
    expect(found).toMatchObject({ id, foreign: true, hold: { by: null, incident: null } });
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
