import {
  drillIdentifier,
  drillOfTags,
  drillTagsOf,
  ownerOfComment,
  scratchComment,
  scratchDatabaseName,
  scratchDatabasePattern,
} from '../../../../src/core/drill/drillScratch';
import { drillUnique } from '../../../../src/core/naming';

const owner = {
  fleet: 'panda',
  workflowId: 'drill/aurora-cluster/999999999999/eu-west-1/shop/weekly, of all',
  runId: '0199-aa',
  since: '2026-11-21T02:00:00.000Z',
};
const unique = drillUnique(owner.workflowId, owner.runId);

it.each(['shop', 'a', 'x'.repeat(63), `${'y'.repeat(28)}--z`, 'ends-with-', 'panda-cluster-1'])(
  'gives a drill of %s an identifier as RDS takes it, with room for that of its instance',
  (id) => {
    expect(drillIdentifier(id, unique)).toMatch(/^[a-z](?:[a-z0-9]|-(?!-|$)){0,62}$/);
    expect(`${drillIdentifier(id, unique)}-instance-1`.length).toBeLessThanOrEqual(63);
  },
);

it('tells two runs of one drill apart', () => {
  const other = drillUnique(owner.workflowId, '0199-ab');
  expect(drillIdentifier('x'.repeat(63), other)).not.toBe(drillIdentifier('x'.repeat(63), unique));
  expect(scratchDatabaseName(other)).not.toBe(scratchDatabaseName(unique));
  expect(scratchDatabaseName(unique)).toMatch(scratchDatabasePattern);
});

it('is known again by comment and tags, and by them alone', () => {
  expect(ownerOfComment(scratchComment(owner))).toEqual(owner);
  expect(drillOfTags(drillTagsOf(owner))).toEqual({ ...owner, workflowId: owner.workflowId.replace(',', '_') });
  for (const comment of [null, '', 'the shop', `my notes on ${scratchComment(owner)}`])
    expect(ownerOfComment(comment)).toBeNull();
  expect(drillOfTags({ 'farcopy:fleet': 'panda', 'farcopy:restore': 'x' })).toBeNull();
});
