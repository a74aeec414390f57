import { type Scope } from '../catalogue/copy';
import { step, type Step } from '../steps/step';
import { type Walk } from '../steps/walk';
import { type RestoreDrillInput } from './drillRequest';
import { type DrillStep } from './drillResult';

/** Steps of a drill are performed by its workflow: none lies anywhere. */
const nowhere: Scope = { account: '', region: '', access: 'source' };

/** The steps of a drill, one after the other; the last is taken in any case. */
export function drillPlan(input: RestoreDrillInput): Walk {
  const { fleet, tier, drill, resource, connect } = input;
  const reached = drill.to.type === 'postgres' || connect !== null;
  const names: readonly DrillStep[] = [
    'choose',
    'verify',
    'restore',
    ...(reached ? (['connect'] as const) : []),
    ...(reached && drill.readsAll ? (['read'] as const) : []),
    ...(drill.checks.length > 0 ? (['checks'] as const) : []),
  ];
  const planned = (id: DrillStep, order: Partial<Step>) =>
    step({
      id,
      type: id,
      scope: nowhere,
      marker: id,
      expects: { seconds: 0, secondsPerGiB: 0 },
      counts: 'place',
      ...order,
    });
  return {
    identity: {
      fleet,
      tier,
      // What has been named is looked for in the first step; no other asks.
      resource: typeof resource === 'string' ? { kind: '', account: '', region: '', id: resource, arn: '' } : resource,
      scheduledTime: '',
    },
    steps: [
      ...names.map((name, i) => planned(name, { after: names.slice(Math.max(0, i - 1), i) })),
      planned('teardown', { behind: names }),
    ],
    sizeGiB: 0,
    source: null,
    learned: {},
    polling: { shortestSeconds: 5, longestSeconds: 300 },
    priority: 5,
    ownership: null,
    failsTogether: false,
  };
}
