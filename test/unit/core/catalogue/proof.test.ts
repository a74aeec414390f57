import { copyTags } from '../../../../src/core/catalogue/copy';
import { proofOf } from '../../../../src/core/catalogue/proof';
import { signaturesOf } from '../../../../src/core/catalogue/signatures';
import { secure, source } from '../restore/cataloguedCopies';

const dataTime = secure.dataTime ?? '';
const sha = (letter: string) => letter.repeat(64);
const signed = (copy: typeof secure, tags: Record<string, string>) => ({ ...copy, copy: { ...copy.copy, tags } });
const record = (changes: object = {}) => ({
  manifestSha256: sha('a'),
  bundleSha256: sha('b'),
  tags: { [copyTags.dataTime]: dataTime },
  ...changes,
});
const by = (...copies: (typeof secure)[]) => signaturesOf(copies).get(secure.recoveryPoint);
const genuine = by(signed(secure, { [copyTags.manifest]: sha('a'), [copyTags.bundle]: sha('b') }));

describe('a record in a bucket', () => {
  it('is proven by what a vault’s copy is signed with', () => {
    expect(proofOf(record(), genuine)).toEqual({ type: 'proven' });
  });

  it.each([
    ['another manifest', { manifestSha256: sha('c') }],
    ['no manifest', { manifestSha256: null }],
    ['another bundle', { bundleSha256: sha('c') }],
    ['no bundle', { bundleSha256: null }],
    ['another time of its data', { tags: { [copyTags.dataTime]: '2026-11-30T00:00:00Z' } }],
  ])('is refuted that has %s', (_, changes) => {
    expect(proofOf(record(changes), genuine)).toMatchObject({ type: 'refuted' });
  });

  it('with a bundle is refuted where the vaults are signed for none', () => {
    const without = by(signed(secure, { [copyTags.manifest]: sha('a') }));
    expect(proofOf(record(), without)).toMatchObject({ type: 'refuted' });
    expect(proofOf(record({ bundleSha256: null }), without)).toEqual({ type: 'proven' });
  });

  it('is neither proven nor refuted by what lies at the source, which anyone may have signed who owns it', () => {
    const tags = { [copyTags.manifest]: sha('a'), [copyTags.bundle]: sha('b') };
    expect(proofOf(record(), by(signed(source, tags)))).toMatchObject({ type: 'unproven' });
    expect(proofOf(record(), by({ ...signed(secure, tags), doubt: 'planted' }))).toMatchObject({ type: 'unproven' });
  });

  it('of which the vaults know other buckets only, as many as a tag takes, is not refuted by that', () => {
    const many = by(signed(secure, { [copyTags.manifest]: [sha('x'), sha('y'), sha('z')].join(' '), [copyTags.bundle]: sha('b') })); // prettier-ignore
    expect(proofOf(record(), many)).toMatchObject({ type: 'unproven' });
  });
});
