import fc, { type Arbitrary } from 'fast-check';

/** Texts that have broken programs before. */
const hostileTexts = [
  '',
  ' ',
  '\0',
  '\u001b[2J',
  '\u009b31m',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\n- injected: true',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '{"__proto__":{"polluted":true}}',
  "'; DROP TABLE x; --",
  '"; DROP TABLE x; --',
  '<script>alert(1)</script>',
  '=cmd|calc!A1',
  '[x](javascript:alert(1))',
  '../../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data/',
  '%00',
  '%2e%2e%2f',
  '${jndi:ldap://x}',
  '{account}',
  '9999999999999999999999',
  '1e999',
  'NaN',
  '-0',
  'x'.repeat(300),
  '*'.repeat(60),
  'a-'.repeat(60),
  'İ',
  'ß',
] as const;

export const text: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string[]>(...hostileTexts) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.string({ maxLength: 8 }), fc.constantFrom(...hostileTexts)).map((two) => two.join('')),
  },
);

/** Any JSON, with keys that JavaScript itself gives a meaning. */
export const json: Arbitrary<unknown> = fc.letrec<{ any: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('any')), { maxLength: 4 }).map(objectOf),
  ),
})).any;

/** As JSON.parse makes one: `__proto__` is a key like others. */
function objectOf(entries: readonly (readonly [string, unknown])[]): unknown {
  const object = {};
  for (const [key, value] of entries)
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

type Change =
  | { readonly type: 'replace' | 'addKey'; readonly at: number; readonly key: string; readonly value: unknown }
  | { readonly type: 'remove'; readonly at: number };

const change: Arbitrary<Change> = fc.oneof(
  fc.record({
    type: fc.constantFrom('replace' as const, 'addKey' as const),
    at: fc.nat(),
    key: text,
    value: json,
  }),
  fc.record({ type: fc.constant('remove' as const), at: fc.nat() }),
);

/** A document that is right, with a few things wrong in it. */
export function mutatedJson(whole: unknown): Arbitrary<unknown> {
  return fc.array(change, { maxLength: 3 }).map((changes) => changes.reduce(changed, structuredClone(whole)));
}

function changed(document: unknown, { at, ...how }: Change): unknown {
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push({ holder: value as Record<string, unknown>, key });
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(document);
  const place = places[at % (places.length + 1)];
  if (place === undefined) return how.type === 'replace' ? how.value : document;
  const { holder, key } = place;
  const put = (name: string, value: unknown) =>
    Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
  if (how.type === 'replace') put(key, how.value);
  else if (how.type === 'addKey') put(how.key, how.value);
  else if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return document;
}

/** A text that is right, with a few of its lines and characters cut, doubled, or replaced. */
export function mutatedText(whole: string): Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(),
    length: fc.nat(12),
    instead: fc.oneof(text, fc.constantFrom(':', '-', '"', '{', '[', '&a ', '*a', '\t')),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce((so, { at, length, instead }) => {
      const from = at % (so.length + 1);
      return so.slice(0, from) + instead + so.slice(from + length);
    }, whole),
  );
}

/** Bytes that are right, with a few of them cut, doubled, or replaced. */
export function mutatedBytes(whole: Uint8Array): Arbitrary<Uint8Array> {
  const edit = fc.record({ at: fc.nat(), length: fc.nat(6), instead: fc.uint8Array({ maxLength: 6 }) });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce<Uint8Array>((so, { at, length, instead }) => {
      const from = at % (so.length + 1);
      return Buffer.concat([so.subarray(0, from), instead, so.subarray(from + length)]);
    }, whole),
  );
}

export { fc };
