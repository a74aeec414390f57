import fc from 'fast-check';
import { exampleFleetFile, FleetFileError, parseFleet, parseSelection } from '../../../../src/config';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetText } from '../fleetText';

/** Words of the fleet file and of YAML, so that garbage gets past the parser now and then. */
const word = fc.oneof(
  fc.constantFrom(...new Set(fleetText.split(/(?<=\W)|(?=\W)/))),
  fc.constantFrom(
    '&a ',
    '*a',
    '<<',
    '!!binary ',
    '? ',
    '- ',
    ': ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '|\n',
    '>-\n',
    '\t',
    '~',
    '.nan',
    '0x1F',
    '\u2028',
    '__proto__',
    'overlays:\n',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.nat({ max: 8 }).map((n) => `\n${' '.repeat(n)}`),
);

const garbage = fc.array(word, { maxLength: 60 }).map((words) => words.join(''));

/** A valid file with some pieces cut out, doubled or replaced. */
const damaged = fc
  .array(fc.tuple(fc.nat({ max: fleetText.length }), fc.nat({ max: 12 }), garbage), { minLength: 1, maxLength: 3 })
  .map((cuts) =>
    cuts.reduce((text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length), fleetText),
  );

function onlyFleetFileErrors(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof FleetFileError)) throw error;
    expect(error.issues.length).toBeGreaterThan(0);
    for (const { line, column } of error.issues) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
  }
}

describe('whatever is in the file', () => {
  const fleet = parseFleet(exampleFleetFile(knownKinds), 'fleet.yaml', { kinds: knownKinds });

  it('garbage throws nothing but FleetFileError', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        onlyFleetFileErrors(() => parseFleet(text, 'fleet.yaml', { kinds: knownKinds }));
        onlyFleetFileErrors(() => parseSelection(text, 'selection.json', fleet));
      }),
      { numRuns: 1000 },
    );
  });

  it('a damaged fleet file throws nothing but FleetFileError', () => {
    fc.assert(
      fc.property(damaged, (text) =>
        onlyFleetFileErrors(() => parseFleet(text, 'fleet.yaml', { kinds: knownKinds, overlay: 'prod' })),
      ),
      { numRuns: 1000 },
    );
  });

  it('any value in any place throws nothing but FleetFileError', () => {
    const sections = ['fleet', 'roles', 'accounts', 'vaults', 'select', 'tiers', 'limits', 'polling', 'overlays'];
    const document = fc.dictionary(fc.constantFrom(...sections), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(document, (value) =>
        onlyFleetFileErrors(() => parseFleet(JSON.stringify(value), 'fleet.yaml', { kinds: knownKinds })),
      ),
      { numRuns: 500 },
    );
  });
});
