import { type ProductionPackage, productionPackages } from './productionPackages';

/** `npm run licences`: the licence of every package of a production install. Exit code 1 where one is not allowed. */

/** What may be handed on with Farcopy, under the Apache License, without asking its authors for anything but their names. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
]);

/** Of packages whose `package.json` names none: what their file LICENSE is. */
const ofLicenceFile: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

/** Of what is under several licences at once, all have to be allowed; of what leaves the choice, one. */
export function isAllowed(licence: string): boolean {
  const choices = licence.replace(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((one) => allowed.has(one)));
}

export function licenceOf({ name, licence }: ProductionPackage): string | null {
  return licence ?? ofLicenceFile[name] ?? null;
}

function main(): void {
  for (const found of productionPackages()) {
    const licence = licenceOf(found);
    const isFine = licence !== null && isAllowed(licence);
    console.log(`${found.name}@${found.version}: ${licence ?? 'names none'}${isFine ? '' : ', which is not allowed'}`);
    if (!isFine) process.exitCode = 1;
  }
}

if (require.main === module) main();
