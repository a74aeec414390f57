import {
  type Hold,
  holdName,
  holdText,
  newHold,
  parseHolds,
  tagText,
  withHold,
  withoutHolds,
} from '../../../../src/core/retention/hold';

const at = Date.parse('2026-11-21T09:14:03.217Z');
/** Amazon RDS API Reference, Tag. */
const awsTakes = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

const set = (value: string, ...more: Parameters<typeof newHold>[]): string =>
  more.reduce((before, words) => {
    const after = withHold(before, newHold(...words));
    if (after === null) throw new Error('no room');
    return after;
  }, value);

const ofIncident =
  (incident: string) =>
  (hold: Hold): boolean =>
    hold.incident === incident;

describe('the tag of a held copy', () => {
  it('says who, since when, for which incident and why, and is read back', () => {
    const value = set('none', ['anna@laptop', at, 'breach-7', 'ticket 4711']);
    expect(value).toBe('2026-11-21T09:14:03Z by=anna@laptop incident=breach-7 why=ticket 4711');
    expect(parseHolds(value)).toEqual([
      { by: 'anna@laptop', since: '2026-11-21T09:14:03Z', incident: 'breach-7', reason: 'ticket 4711' },
    ]);
    expect(parseHolds(value).map(holdText)).toEqual([
      'anna@laptop for incident breach-7 since 2026-11-21T09:14:03Z: ticket 4711',
    ]);
  });

  it.each([
    ['quotes and commas', 'Anna said: "keep it", (all of it)!', 'Anna said: keep it all of it'],
    ['lines', 'first\nsecond\r\n\u2028third', 'first second third'],
    ['what a terminal obeys', 'a\u001b[2Jb\u0000c\u202ed', 'a 2Jb c d'],
    ['half characters', 'a\ud800b', 'a b'],
    ['letters that are put together', 'Cafe\u0301', 'Café'],
    ['other scripts', '訴訟のため保存 𠮷', '訴訟のため保存 𠮷'],
    ['emoji', '🐼 keep', 'keep'],
    ['fields of a hold', 'x why=y by=z incident=other', 'x why y by z incident other'],
    [
      'a whole hold',
      'x + 2026-11-21T09:14:03Z by=eve incident=mine why=y',
      'x 2026-11-21T09:14:03Z by eve incident mine why y',
    ],
    ['plus signs between spaces', '+ a + b + + c+d \n+\n e +', 'a b c+d e'],
    ['the word that means no hold', 'none', 'none'],
  ])('takes %s in the letters that AWS takes, and they make no second hold', (_, why, reason) => {
    const value = set('none', ['anna@laptop', at, null, why]);
    expect(value).toMatch(awsTakes);
    expect(parseHolds(value)).toEqual([{ by: 'anna@laptop', since: '2026-11-21T09:14:03Z', incident: null, reason }]);
  });

  it.each([
    ['DOMAIN\\anna=x b', 'DOMAIN-anna-x-b'],
    ['\u0000', 'unknown'],
    ['none', 'none'],
    ['a'.repeat(300), `${'a'.repeat(37)}...`],
  ])('names an author %j by one word', (by, named) => {
    const value = set('none', [by, at, 'i', 'why']);
    expect(value).toMatch(awsTakes);
    expect(parseHolds(value)).toMatchObject([{ by: named, incident: 'i', reason: 'why' }]);
  });

  it.each(['long '.repeat(100), '𠮷'.repeat(300)])('keeps the beginning of a reason that is too long', (why) => {
    const value = set('none', ['b'.repeat(99), at, 'i'.repeat(40), why]);
    expect(value).toMatch(awsTakes);
    expect(value.length).toBeLessThanOrEqual(256);
    const [{ reason } = { reason: '' }] = parseHolds(value);
    expect(reason).toMatch(/\.\.\.$/);
    expect(why.startsWith(reason.slice(0, -3))).toBe(true);
    expect(reason.length).toBeGreaterThan(100);
  });

  it.each(['', '  ', '+', '!?"', '🐼', '\u0301'])('is not set without a reason that can be read: %j', (why) => {
    expect(tagText(why)).toBe('');
    expect(() => newHold('anna', at, null, why)).toThrow('a hold has a reason');
  });

  it.each(['', 'two words', '-x', 'a=b', 'a'.repeat(41), 'é', 'a\n'])('takes no incident %j', (incident) => {
    expect(() => newHold('anna', at, incident, 'why')).toThrow(RangeError);
  });
});

describe('a copy that several hold', () => {
  const both = set('none', ['anna@laptop', at, 'breach-7', 'ticket'], ['bob@desk', at + 5000, 'audit', 'the auditors']);

  it('has the hold of each', () => {
    expect(both).toMatch(awsTakes);
    expect(parseHolds(both).map(holdName)).toEqual(['breach-7', 'audit']);
  });

  it('loses only the hold of the incident that is released, and none is left after the last', () => {
    const left = withoutHolds(both, ofIncident('breach-7'));
    expect(left).toBe('2026-11-21T09:14:08Z by=bob@desk incident=audit why=the auditors');
    expect(withoutHolds(left, ofIncident('breach-7'))).toBe(left);
    expect(withoutHolds(left, ofIncident('audit'))).toBe('none');
  });

  it('keeps the first hold of an incident, and of an author without one, as it was', () => {
    expect(set(both, ['carol@desk', at + 9000, 'audit', 'again'])).toBe(both);
    const own = set(both, ['carol@desk', at, null, 'mine']);
    expect(set(own, ['carol@desk', at + 1000, null, 'once more'])).toBe(own);
    expect(parseHolds(set(own, ['dave@desk', at, null, 'his'])).map(holdName)).toEqual([
      'breach-7',
      'audit',
      'carol@desk',
      'dave@desk',
    ]);
  });

  it('has shorter reasons where there is no room, and everything else of each', () => {
    const long = 'because '.repeat(40);
    const value = set('none', ['a'.repeat(40), at, 'i'.repeat(40), long], ['b'.repeat(40), at, 'j'.repeat(40), long]);
    expect(value).toMatch(awsTakes);
    expect(parseHolds(value)).toMatchObject([
      { by: 'a'.repeat(40), incident: 'i'.repeat(40), reason: expect.stringMatching(/^beca.*\.\.\.$/) as string },
      { by: 'b'.repeat(40), incident: 'j'.repeat(40), reason: expect.stringMatching(/^beca.*\.\.\.$/) as string },
    ]);
    expect(withHold(value, newHold('c'.repeat(40), at, 'k'.repeat(40), long))).toBeNull();
  });

  it('keeps what somebody has written by hand, whole', () => {
    const value = set('legal: do not touch', ['anna@laptop', at, 'breach-7', 'ticket']);
    expect(parseHolds(value)).toMatchObject([
      { by: null, since: null, incident: null, reason: 'legal: do not touch' },
      { incident: 'breach-7' },
    ]);
    expect(withoutHolds(value, ofIncident('breach-7'))).toBe('legal: do not touch');
    const full = 'x'.repeat(250);
    expect(withHold(full, newHold('anna', at, null, 'why'))).toBeNull();
  });
});

describe('a tag that others have written', () => {
  it('holds nothing only if it says none', () => {
    expect(parseHolds('none')).toEqual([]);
    for (const text of ['', 'None', 'legal', 'none ', '2026-99-99T09:14:03Z by=x why=y'])
      expect(parseHolds(text)).toEqual([{ by: null, since: null, incident: null, reason: text }]);
  });

  it('has as many holds as parts, and a release leaves what somebody has appended', () => {
    const own = set('none', ['anna@laptop', at, 'breach-7', 'ticket']);
    const value = `${own} + legal: do not touch + court`;
    expect(parseHolds(value).map(({ by, reason }) => [by, reason])).toEqual([
      ['anna@laptop', 'ticket'],
      [null, 'legal: do not touch'],
      [null, 'court'],
    ]);
    expect(withoutHolds(value, ofIncident('breach-7'))).toBe('legal: do not touch + court');
    expect(set(value, ['bob@desk', at, 'audit', 'why'])).toMatch(/ why=ticket \+ legal: do not touch \+ court \+ 2026/);
  });

  it.each(['none + ', ' + '])('has no hold in an empty part or in one that says none: %j', (before) => {
    const own = set('none', ['anna@laptop', at, 'breach-7', 'ticket']);
    expect(parseHolds(`${before}legal`).map(holdName)).toEqual(['legal']);
    expect(withoutHolds(`${before}${own} + legal`, ofIncident('breach-7'))).toBe('legal');
    expect(parseHolds(before + before)).toHaveLength(1);
  });

  it('is a hold without incident, which no release of an incident takes', () => {
    for (const text of ['', 'breach-7', 'incident=breach-7'])
      expect(withoutHolds(text, ofIncident('breach-7'))).toBe(text);
  });
});
