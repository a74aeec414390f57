import { readFileSync } from 'node:fs';
import path from 'node:path';
import { activityOutcomes } from '../../src/activities/observed';
import { callOutcomes } from '../../src/clouds/tellCalls';
import { type RecoveryPointState } from '../../src/core/backup/recoveryPointResult';
import { notificationEvents } from '../../src/core/notification';
import { checkNames } from '../../src/worker/health/readiness';

const read = (file: string) => readFileSync(path.resolve(__dirname, '../..', file), 'utf8');

/** The table of docs/metrics.md, which the integration test of a worker's health holds against a real worker. */
export const documented = new Map(
  [...read('docs/metrics.md').matchAll(/^\| `([a-z]+_[a-z0-9_]+)` +\| (\w+) +\| ([^|]*)\|/gm)].map(
    ([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ],
  ),
);
/** Of every sample: from the scrape, and from Temporal's SDK. */
export const commonLabels = ['job', 'instance', 'namespace'];

const recoveryPointStates: Readonly<Record<RecoveryPointState, true>> = {
  completed: true,
  'partially-failed': true,
  failed: true,
  unchanged: true,
  cancelled: true,
};
/** What labels can say, by metric and label. */
export const labelValues: Readonly<Record<string, readonly string[]>> = {
  'farcopy_activity_duration_seconds outcome': activityOutcomes,
  'farcopy_aws_calls_total outcome': callOutcomes,
  'farcopy_gcs_calls_total outcome': callOutcomes,
  'farcopy_notifications_total outcome': ['handed-over', 'told', 'failed'],
  'farcopy_notifications_total event': notificationEvents,
  'farcopy_recovery_points_ended_total outcome': Object.keys(recoveryPointStates),
  'farcopy_worker_check check': checkNames,
};

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
}

// An ES module.
const grammar = () => import('@prometheus-io/lezer-promql');
type Parser = Awaited<ReturnType<typeof grammar>>['parser'];

export const loadPromql = async (): Promise<Parser> => (await grammar()).parser;

/** The selectors of an expression, and the labels that it groups or matches by. @throws Error when it cannot be parsed. */
export function partsOf(parser: Parser, expr: string): { readonly selectors: Selector[]; readonly grouped: string[] } {
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
export function tableName(sample: string): string | null {
  const histogram = /^(.+)_(?:bucket|sum|count)$/.exec(sample)?.[1] ?? '';
  if (documented.get(histogram)?.type === 'histogram') return histogram;
  return documented.has(sample) && documented.get(sample)?.type !== 'histogram' ? sample : null;
}

/** What an expression asks for that there is not: metrics, labels, values of labels. */
export function unknownIn(parser: Parser, expr: string): string[] {
  const { selectors, grouped } = partsOf(parser, expr);
  const unknown = selectors.flatMap(({ metric, matchers }) => {
    const name = tableName(metric);
    if (name === null) return [`no metric ${metric}`];
    const labels = [...(documented.get(name)?.labels ?? []), ...commonLabels];
    return matchers.flatMap(({ label, value }) => {
      if (!labels.includes(label)) return [`${metric} has no label ${label}`];
      const possible = labelValues[`${name} ${label}`];
      const others = possible === undefined ? [] : value.split('|').filter((one) => !possible.includes(one));
      return others.map((one) => `${label} of ${metric} is never ${one}`);
    });
  });
  const known = selectors.flatMap(({ metric }) => [
    ...(documented.get(tableName(metric) ?? '')?.labels ?? []),
    ...(metric.endsWith('_bucket') ? ['le'] : []),
  ]);
  const strange = grouped.filter((one) => ![...known, ...commonLabels].includes(one));
  return [...unknown, ...strange.map((label) => `grouped by ${label}`), ...(selectors.length === 0 ? ['nothing'] : [])];
}
