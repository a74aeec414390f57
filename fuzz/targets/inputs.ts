import { parseRestoreRequest } from '../../src/core/restore/restoreRequest';
import { requireConnection } from '../../src/core/drill/drillOutcome';
import { capacityFault } from '../../src/core/limits/semaphore';
import { messageInputs, workflowInputs as shapes } from '../../src/core/messages/inputs';
import { parsed, type Shape } from '../../src/core/messages/shape';
import { fc, json, mutatedJson } from '../inputs';
import { type FuzzTarget, refusedOr, target } from '../target';

const restore = {
  resource: 'aurora-cluster/999999999999/eu-west-1/shop',
  ...{ at: '2026-11-21T02:00:00Z', from: 'secure', to: '999999999999/eu-west-1', as: 'shop-2', key: 'alias/x' },
  ...{ tags: { a: 'b' }, options: { instanceClasses: ['db.t4g.medium'] } },
};
const drill = {
  ...{ fleet: 'panda', tier: 'critical', resource: 'shop', connect: null },
  drill: {
    name: 'weekly',
    to: { type: 'postgres', url: 'postgres://drill@localhost/postgres', secret: null },
    checks: [],
    readsAll: true,
  },
};

const parser = (name: string, whole: unknown, parse: (input: unknown) => unknown): FuzzTarget =>
  target(name, fc.oneof(mutatedJson(whole), json), (input) => refusedOr(() => parse(input)));

/** What workflows take from whoever starts, signals or updates them: one line a parser. */
export const workflowInputs: readonly FuzzTarget[] = [
  parser('restoreRequest', restore, parseRestoreRequest),
  parser('drillInput', drill, (input) => requireConnection(parsed(shapes.restoreDrill, input, 'restoreDrill'))),
  ...Object.entries<Shape<unknown>>({ ...shapes, ...messageInputs }).map(([name, shape]) =>
    parser(`message ${name}`, drill, (input) => parsed(shape, input, name)),
  ),
  parser('capacity', 5, (input) => capacityFault(input as never)),
];
