import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { activityOutcomes } from '../../../src/activities/observed';
import { callOutcomes } from '../../../src/clouds/tellCalls';
import { type RecoveryPointState } from '../../../src/core/backup/recoveryPointResult';
import { type Notification } from '../../../src/core/notification';
import { checkNames } from '../../../src/worker/health/readiness';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const root = path.resolve(__dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { groups } = parse(read('deploy/prometheus/farcopy.rules.yaml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules).map((rule) => [rule.alert, rule] as const);

/** The table of docs/metrics.md, which the integration test of a worker's health holds against a real worker. */
const documented = new Map(
  [...read('docs/metrics.md').matchAll(/^\| `([a-z]+_[a-z0-9_]+)` +\| (\w+) +\| ([^|]*)\|/gm)].map(
    ([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ],
  ),
);
/** Of every sample: from the scrape, and from Temporal's SDK. */
const common = ['job', 'instance', 'namespace'];

const recoveryPointStates: Readonly<Record<RecoveryPointState, true>> = {
  completed: true,
  'partially-failed': true,
  failed: true,
  unchanged: true,
  cancelled: true,
};
const events: Readonly<Record<Notification['event'], true>> = {
  'rpo-missed': true,
  'rpo-met': true,
  'fleet-backup-ended': true,
  'drill-ended': true,
  'prune-marked': true,
  'prune-ended': true,
};
/** What labels can say, by metric and label. */
const values: Readonly<Record<string, readonly string[]>> = {
  'farcopy_activity_duration_seconds outcome': activityOutcomes,
  'farcopy_aws_calls_total outcome': callOutcomes,
  'farcopy_notifications_total outcome': ['handed-over', 'told', 'failed'],
  'farcopy_notifications_total event': Object.keys(events),
  'farcopy_recovery_points_ended_total outcome': Object.keys(recoveryPointStates),
  'farcopy_worker_check check': checkNames,
};

interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
}

// An ES module.
const grammar = () => import('@prometheus-io/lezer-promql');
let parser: Awaited<ReturnType<typeof grammar>>['parser'];
beforeAll(async () => {
  ({ parser } = await grammar());
});

/** The selectors of an expression, and the labels that it groups or matches by. @throws Error when it cannot be parsed. */
function partsOf(expr: string): { readonly selectors: Selector[]; readonly grouped: string[] } {
  const selectors: { metric: string; matchers: { label: string; value: string }[] }[] = [];
  const grouped: string[] = [];
  let label = '';
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      const text = expr.slice(from, to);
      if (type.isError) throw new Error(`cannot be parsed at ${from}: ${expr.slice(from)}`);
      if (type.name === 'VectorSelector') selectors.push({ metric: '', matchers: [] });
      const current = selectors.at(-1);
      if (type.name === 'Identifier' && current !== undefined && node.parent?.name === 'VectorSelector')
        current.metric = text;
      if (type.name === 'LabelName') {
        if (node.parent?.name === 'GroupingLabels') grouped.push(text);
        else label = text;
      }
      if (type.name === 'StringLiteral') current?.matchers.push({ label, value: text.slice(1, -1) });
    },
  });
  return { selectors, grouped };
}

/** The metric as the table has it; null: it has none. */
function tableName(sample: string): string | null {
  const histogram = /^(.+)_(?:bucket|sum|count)$/.exec(sample)?.[1] ?? '';
  if (documented.get(histogram)?.type === 'histogram') return histogram;
  return documented.has(sample) && documented.get(sample)?.type !== 'histogram' ? sample : null;
}

describe('the alert rules', () => {
  it('have a table of metrics to be held against, and are many', () => {
    expect(documented.size).toBeGreaterThan(20);
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(([name]) => name)).size).toBe(rules.length);
  });

  it('are parsed: what is wrong in one is found', () => {
    expect(() => partsOf('sum(rate(x[5m])')).toThrow('cannot be parsed');
    expect(partsOf('sum by (tier) (x{outcome="a",job=~"b"})')).toEqual({
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

  it.each(rules)('%s asks for metrics, labels and values that there are', (_name, { expr }) => {
    const { selectors, grouped } = partsOf(expr);
    expect(selectors.length).toBeGreaterThan(0);
    const known = selectors.flatMap(({ metric }) => {
      const name = tableName(metric);
      const buckets = metric.endsWith('_bucket') ? ['le'] : [];
      return name === null ? [`no metric ${metric}`] : [...(documented.get(name)?.labels ?? []), ...buckets];
    });
    expect(known.filter((one) => one.startsWith('no metric'))).toEqual([]);
    expect(grouped.filter((one) => ![...known, ...common].includes(one))).toEqual([]);
    for (const { metric, matchers } of selectors) {
      const name = tableName(metric) ?? '';
      expect(matchers).toContainEqual({ label: 'job', value: 'farcopy' });
      for (const { label, value } of matchers) {
        expect([...(documented.get(name)?.labels ?? []), ...common]).toContain(label);
        const possible = values[`${name} ${label}`];
        if (possible !== undefined) expect(value.split('|').filter((one) => !possible.includes(one))).toEqual([]);
      }
    }
  });

  it.each(rules)('%s tells how bad it is, what it is and what to do, by labels that it has', (_name, rule) => {
    const { expr, labels = {}, annotations = {} } = rule;
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\S/);
    expect(annotations.action).toMatch(/\S/);
    const { grouped, selectors } = partsOf(expr);
    const kept = [...grouped, ...(grouped.length === 0 ? selectors.flatMap(() => ['instance', 'job']) : [])];
    const named = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    expect(named.filter((label) => !kept.includes(label))).toEqual([]);
    for (const [, page = ''] of (annotations.action ?? '').matchAll(/(docs\/[\w-]+\.md)/g))
      expect(existsSync(path.join(root, page))).toBe(true);
  });
});
