import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { exampleFleetFile, fleetSchemaText } from '../../../../src/config';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetText, fleetWith } from '../fleetText';

const committed = readFileSync(join(__dirname, '../../../../schema/fleet.schema.json'), 'utf8');

describe('the JSON Schema for editors', () => {
  it('is current: run `npm run schema` after a change', () => {
    expect(committed).toBe(fleetSchemaText(knownKinds));
  });

  const schema = z.fromJSONSchema(JSON.parse(committed) as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (text: string) => schema.safeParse(parse(text)).success;

  it('accepts the example, overlays included', () => {
    expect(schema.safeParse(parse(exampleFleetFile(knownKinds))).error).toBeUndefined();
    expect(accepts(`${fleetText}overlays: {prod: {vaults: {secure-dr: null}, tiers: {critical: {rpo: 3h}}}}`)).toBe(
      true,
    );
  });

  it.each([
    ['a misspelt key', fleetWith('rpo:', 'rop:')],
    ['a missing key', fleetWith('    rpo: 2h\n', '')],
    ['a duration without a unit', fleetWith('rpo: 2h', 'rpo: "2"')],
    ['an account without quotes', fleetWith('"999999999999"', '999999999999')],
    ['a misspelt key in an overlay', `${fleetText}overlays: {prod: {tiers: {critical: {rop: 3h}}}}`],
  ])('underlines %s', (_, text) => {
    expect(accepts(fleetText)).toBe(true);
    expect(accepts(text)).toBe(false);
  });
});
