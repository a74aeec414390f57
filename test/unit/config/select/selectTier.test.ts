import { parseFleet, selectTier, whySelected } from '../../../../src/config';
import { drillTagsOf } from '../../../../src/core/drill/drillScratch';
import { knownKinds } from '../../../../src/kinds/registry';
import { cpuSecondsOf } from '../cpuSeconds';
import { fleetWith } from '../fleetText';

const cluster = (id: string, tags: Record<string, string> = {}) => ({
  kind: 'aurora-cluster' as const,
  id,
  arn: `arn:aws:rds:eu-west-1:999999999999:cluster:${id}`,
  tags,
});

function fleetSelecting(rules: string) {
  const tier = '{schedule: "@hourly", rpo: 2h, route: [secure, secure-dr], retention: {minimum: 1}}';
  const text = fleetWith('  - {kind: aurora-cluster, tier: critical}\n', rules);
  return parseFleet(`${text}  standard: ${tier}\n`, 'fleet.yaml', { kinds: knownKinds });
}

describe('the tier of a resource', () => {
  it('is that of the first rule that matches', () => {
    const fleet = fleetSelecting(`
  - {kind: rds-instance, tier: critical}
  - {kind: aurora-cluster, names: [panda-*], tier: critical}
  - {kind: aurora-cluster, tier: standard}
`);
    expect(selectTier(fleet, cluster('panda-cluster-1'))).toEqual({ tier: 'critical' });
    expect(selectTier(fleet, cluster('giant-panda-1'))).toEqual({ tier: 'standard' });
  });

  it('needs every tag, with one of the values, and any name and ARN', () => {
    const fleet = fleetSelecting(`
  - kind: aurora-cluster
    tags: {backup: "true", stage: [prod, live]}
    names: [a-?, b-?]
    arns: ["arn:aws:rds:eu-west-1:*:cluster:*"]
    tier: critical
`);
    const tags = { backup: 'true', stage: 'live' };
    expect(selectTier(fleet, cluster('b-1', tags))).toEqual({ tier: 'critical' });
    const none = { excluded: 'no rule of select matches' };
    expect(selectTier(fleet, cluster('b-1', { ...tags, stage: 'test' }))).toEqual(none);
    expect(selectTier(fleet, cluster('b-1', { stage: 'live' }))).toEqual(none);
    expect(selectTier(fleet, cluster('b-12', tags))).toEqual(none);
    expect(selectTier(fleet, { ...cluster('b-1', tags), arn: 'arn:aws:rds:us-east-1:1:cluster:b-1' })).toEqual(none);
  });

  it('may be none by an exclusion of the only rule, which is told', () => {
    const fleet = fleetSelecting(`
  - kind: aurora-cluster
    exclude: {names: ["*-scratch"], tags: {backup: ["false", "no"]}, arns: ["*:cluster:legacy"]}
    tier: critical
`);
    expect(selectTier(fleet, cluster('a-scratch'))).toEqual({ excluded: 'select[0] excludes name `*-scratch`' });
    expect(selectTier(fleet, cluster('a', { backup: 'no' }))).toEqual({
      excluded: 'select[0] excludes tag `backup` = `no`',
    });
    expect(selectTier(fleet, cluster('legacy'))).toEqual({ excluded: 'select[0] excludes ARN `*:cluster:legacy`' });
    expect(selectTier(fleet, cluster('legacy-2'))).toEqual({ tier: 'critical' });
  });

  it('may come from a later rule where an earlier one excludes it', () => {
    const fleet = fleetSelecting(`
  - {kind: aurora-cluster, exclude: {names: [small-*]}, tier: critical}
  - {kind: aurora-cluster, tier: standard}
`);
    expect(selectTier(fleet, cluster('small-1'))).toEqual({ tier: 'standard' });
  });

  it('is named by its tag', () => {
    const fleet = fleetSelecting('  - {kind: aurora-cluster, tier: {tag: level, default: standard}}\n');
    expect(selectTier(fleet, cluster('a', { level: 'critical' }))).toEqual({ tier: 'critical' });
    expect(selectTier(fleet, cluster('a'))).toEqual({ tier: 'standard' });
    expect(selectTier(fleet, cluster('a', { level: 'critcal' }))).toEqual({
      tier: 'standard',
      note: 'tag `level` names no tier: `critcal`; `standard` stands in',
    });
  });

  it('is a problem to be told where the tag names none and there is no default', () => {
    const fleet = fleetSelecting('  - {kind: aurora-cluster, tier: {tag: level}}\n');
    expect(selectTier(fleet, cluster('a', { level: 'high' }))).toEqual({
      problem: 'tag `level` names no tier: `high`; known: critical, standard',
    });
    expect(selectTier(fleet, cluster('a'))).toEqual({
      problem: 'has no tag `level` that names its tier, and select[0].tier has no default',
    });
  });

  it('takes words of JavaScript for what they are: tags', () => {
    const fleet = fleetSelecting('  - {kind: aurora-cluster, tags: {constructor: x}, tier: critical}\n');
    expect(selectTier(fleet, cluster('a'))).toEqual({ excluded: 'no rule of select matches' });
    expect(selectTier(fleet, cluster('a', { constructor: 'x' }))).toEqual({ tier: 'critical' });
  });

  it('is none for what a drill has restored, though it carries the tags of what is protected', () => {
    const fleet = fleetSelecting('  - {kind: aurora-cluster, tags: {backup: "true"}, tier: critical}\n');
    const scratch = {
      backup: 'true',
      ...drillTagsOf({ fleet: 'panda', workflowId: 'drill/a', runId: 'b', since: '2026-11-21T02:00:00Z' }),
    };
    expect(selectTier(fleet, cluster('a', { backup: 'true' }))).toEqual({ tier: 'critical' });
    expect(selectTier(fleet, cluster('drill-a', scratch))).toEqual({ excluded: 'a drill has made it' });
  });

  it('is told with the rule that brings it there', () => {
    const fleet = fleetSelecting(`
  - {kind: aurora-cluster, tags: {own: "true"}, exclude: {names: [old-*]}, tier: critical}
  - {kind: aurora-cluster, tags: {backup: "true"}, tier: {tag: level, default: standard}}
`);
    const why = (id: string, tags: Record<string, string>) => whySelected(fleet, cluster(id, tags));
    expect(why('a', { own: 'true' })).toBe('select[0]');
    expect(why('a', { backup: 'true', level: 'critical' })).toBe('select[1], by its tag `level`');
    expect(why('a', { backup: 'true' })).toBe('select[1], by its default');
    expect(why('a', { backup: 'true', level: 'high' })).toBe('select[1], by its default');
    expect(why('old-a', { own: 'true' })).toBe('select[0] excludes name `old-*`');
    expect(why('a', {})).toBe('no rule of select matches');
  });

  it('is found at once whatever the glob', () => {
    const fleet = fleetSelecting(`  - {kind: aurora-cluster, names: ["${'*a'.repeat(100)}b"], tier: critical}\n`);
    const select = () => expect(selectTier(fleet, cluster('a'.repeat(10_000)))).toHaveProperty('excluded');
    expect(cpuSecondsOf(select)).toBeLessThan(1);
  });
});
