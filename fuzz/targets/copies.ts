import { catalogued, resourceOf } from '../../src/core/catalogue/catalogue';
import { copyTags } from '../../src/core/catalogue/copy';
import { drillOfTags, ownerOfComment, scratchComment } from '../../src/core/drill/drillScratch';
import { judgeCheck } from '../../src/core/drill/drillJudgement';
import { resourcePath } from '../../src/core/resource';
import { knownKinds } from '../../src/kinds/registry';
import { fc, mutatedText, text } from '../inputs';
import { ensure, target } from '../target';

const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:shop';
const values: Readonly<Record<string, string>> = {
  [copyTags.resource]: arn,
  [copyTags.recoveryPoint]: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z',
  [copyTags.scheduledTime]: '2026-11-21T02:00:00Z',
  [copyTags.place]: 'secure',
  [copyTags.verified]: 'exists 2026-11-21T02:00:00Z',
};
const tags = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...Object.values(copyTags)), text),
      fc.oneof(text, ...Object.values(values).map(mutatedText)),
    ),
    { maxLength: 8 },
  )
  .map((entries) => ({ ...values, ...Object.fromEntries(entries) }));

const vault = { name: 'secure', account: '111111111111', region: null, key: 'alias/farcopy' };
/** One that the account of the resource has listed. */
const listed = { account: '999999999999', region: 'eu-west-1', kind: 'aurora-cluster', status: 'available' };

/** Tags that anybody may have written, and the copies that they speak of. */
export const copies = target('copies', tags, (written) => {
  const copy = catalogued({ ...listed, tags: written } as never, 'source', { vaults: [vault], kinds: knownKinds });
  ensure(copy.verified === null, 'a source account proves nothing');
  const resource = resourceOf(copy, knownKinds);
  if (resource !== null)
    ensure(
      copy.recoveryPoint.startsWith(`${resourcePath(resource)}/`),
      `${copy.recoveryPoint} of ${resourcePath(resource)}`,
    );
  const owner = drillOfTags(written);
  if (owner !== null) ownerOfComment(scratchComment(owner));
});

/** What a database answers to the check of a drill. */
export const answers = target(
  'answers',
  fc.tuple(fc.oneof(text, fc.constant(null), mutatedText('2026-11-21 02:00:00.123+00')), fc.nat(2)),
  ([found, which]) => {
    const checks = [
      { type: 'query', equals: 1, atLeast: 0, atMost: 5 },
      { type: 'freshness', withinSeconds: 60 },
      { type: 'rows', table: 'shop.orders', atLeast: 5 },
    ];
    const said = judgeCheck(
      { name: 'x', ...checks[which] } as never,
      { type: 'value', text: found },
      '2026-11-21T02:00:00Z',
    );
    ensure(JSON.stringify(said).length < 10_000, `said ${JSON.stringify(said).length} characters`);
  },
);
