import { type Copy, copyTags, sourcePlace, temporaryRetention } from '../catalogue/copy';

/** AWS goes on for as long as an operation may take, whatever has become of the workflow that asked for it. */
const operationMilliseconds = 24 * 3600_000;

/**
 * Why what a recovery point had for a while may still be read, going by its age alone.
 *
 * @param now epoch milliseconds
 */
export function whyYoung({ createdAt }: Pick<Copy, 'createdAt'>, now: number): string | null {
  const age = createdAt === null ? NaN : now - Date.parse(createdAt);
  return age >= operationMilliseconds ? null : 'AWS may still be copying it: it is not a day old';
}

/** Why it may still be read, going by the other copies of its recovery point. */
export function whyRead(others: readonly Copy[]): string | null {
  const going = others.find(({ status }) => status === 'in-progress' || status === 'other');
  return going === undefined ? null : `another copy of its recovery point is being made: ${going.arn}`;
}

/** Why an intermediate copy may be the last one of its time: of what lies in a vault's account only what lies there too is believed. */
export function whyLast(
  { account }: Pick<Copy, 'account'>,
  others: readonly Copy[],
  vaultAccounts: ReadonlySet<string>,
): string | null {
  const isVault = vaultAccounts.has(account);
  const stays = others.some(
    (other) =>
      other.status === 'available' &&
      other.tags[copyTags.verified] !== undefined &&
      other.tags[copyTags.retention] !== undefined &&
      other.tags[copyTags.retention] !== temporaryRetention &&
      (!isVault || other.account === account),
  );
  if (stays) return null;
  return isVault ? 'the only copy of its time in the vault' : 'no other copy of its time is proven';
}

/** Why a copy is not temporary though its retention says so: one tag alone, which anyone may have changed, takes nothing away. */
export function whyLasting({ tags }: Pick<Copy, 'tags'>, vaults: readonly string[]): string | null {
  const place = tags[copyTags.place] ?? '';
  if (place === sourcePlace || vaults.includes(place))
    return `its tags call it temporary, and the copy of ${place}, which stays`;
  return place === '' && tags[copyTags.verified] !== undefined
    ? 'its tags call it temporary and proven, and name no place'
    : null;
}
