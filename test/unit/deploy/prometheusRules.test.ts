import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { documented, loadPromql, partsOf, tableName, unknownIn } from '../../support/promql';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Case {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

const root = path.resolve(__dirname, '../../..');
const read = (file: string): unknown => parse(readFileSync(path.join(root, file), 'utf8'));
const { groups } = read('deploy/prometheus/farcopy.rules.yaml') as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules).map((rule) => [rule.alert, rule] as const);
const { tests } = read('deploy/prometheus/farcopy.rules.test.yaml') as {
  readonly tests: readonly { readonly alert_rule_test: readonly Case[] }[];
};
const cases = tests.flatMap((test) => test.alert_rule_test);

let parser: Awaited<ReturnType<typeof loadPromql>>;
beforeAll(async () => {
  parser = await loadPromql();
});

describe('the alert rules', () => {
  it('have a table of metrics to be held against, and are many', () => {
    expect(documented.size).toBeGreaterThan(20);
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(([name]) => name)).size).toBe(rules.length);
  });

  it('are parsed: what is wrong in one is found', () => {
    expect(() => partsOf(parser, 'sum(rate(x[5m])')).toThrow('cannot be parsed');
    expect(partsOf(parser, 'sum by (tier) (x{outcome="a",job=~"b"})')).toEqual({
      selectors: [
        {
          metric: 'x',
          matchers: [
            { label: 'outcome', value: 'a' },
            { label: 'job', value: 'b' },
          ],
        },
      ],
      grouped: ['tier'],
    });
    expect(tableName('farcopy_activity_duration_seconds')).toBeNull();
    expect(tableName('farcopy_made_up_total')).toBeNull();
  });

  it.each([
    ['farcopy_made_up_total', 'no metric farcopy_made_up_total'],
    ['farcopy_worker_check{place="x"}', 'farcopy_worker_check has no label place'],
    ['farcopy_worker_check{check="mood"}', 'check of farcopy_worker_check is never mood'],
    ['sum by (place) (farcopy_worker_check)', 'grouped by place'],
    ['1 + 1', 'nothing'],
  ])('%s would be found', (expr, problem) => {
    expect(unknownIn(parser, expr)).toEqual([problem]);
  });

  it.each(rules)('%s asks for metrics, labels and values that there are', (_name, { expr }) => {
    expect(unknownIn(parser, expr)).toEqual([]);
    for (const { matchers } of partsOf(parser, expr).selectors)
      expect(matchers).toContainEqual({ label: 'job', value: 'farcopy' });
  });

  it.each(rules)('%s is tested where it fires and where it does not', (name) => {
    const own = cases.filter(({ alertname }) => alertname === name).map((one) => one.exp_alerts.length > 0);
    expect(new Set(own)).toEqual(new Set([true, false]));
  });

  it.each(rules)('%s tells how bad it is, what it is and what to do, by labels that it has', (_name, rule) => {
    const { expr, labels = {}, annotations = {} } = rule;
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\S/);
    expect(annotations.action).toMatch(/\S/);
    const { grouped, selectors } = partsOf(parser, expr);
    const kept = [...grouped, ...(grouped.length === 0 ? selectors.flatMap(() => ['instance', 'job']) : [])];
    const named = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    expect(named.filter((label) => !kept.includes(label))).toEqual([]);
    for (const [, page = ''] of (annotations.action ?? '').matchAll(/(docs\/[\w-]+\.md)/g))
      expect(existsSync(path.join(root, page))).toBe(true);
  });
});
