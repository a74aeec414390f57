import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { withGraceForConfiguration } from '../../../src/activities/graceForConfiguration';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { type FailureType, failureTypes, type Grace } from '../../../src/core/failure';

/** Failures are the point of these tests. */
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };

/** One try of an activity that fails; what it says in its heartbeat is what the next try is told. */
async function tryOnce(
  failure: Error,
  { attempt = 1, heartbeatDetails }: { attempt?: number; heartbeatDetails?: unknown } = {},
) {
  const environment = new MockActivityEnvironment({ attempt, heartbeatDetails }, silent);
  let told = heartbeatDetails;
  environment.on('heartbeat', (details: unknown) => (told = details));
  const { work } = withGraceForConfiguration({
    work: async (): Promise<void> => {
      throw failure;
    },
  });
  const thrown: unknown = await environment.run(work).catch((error: unknown) => error);
  return { thrown, told };
}

const refusal = (type: FailureType = failureTypes.configuration, grace: Grace = 'seconds') =>
  applicationFailure(type, 'the vault role may not kms:CreateGrant', { details: { grace } });

describe('a refused permission', () => {
  it('is believed when it is refused for the third time', async () => {
    const first = await tryOnce(refusal(), { attempt: 1 });
    const second = await tryOnce(refusal(), { attempt: 2, heartbeatDetails: first.told });
    const third = await tryOnce(refusal(), { attempt: 3, heartbeatDetails: second.told });

    const patient = { type: 'Configuration', nonRetryable: false, nextRetryDelay: 15_000 };
    expect(first.thrown).toMatchObject(patient);
    expect(second.thrown).toMatchObject(patient);
    expect(third.thrown).toMatchObject({ type: 'Configuration', nonRetryable: true });
  });

  it('gets its grace also after many tries that failed for other reasons', async () => {
    const { thrown } = await tryOnce(refusal(), { attempt: 7 });
    expect(thrown).toMatchObject({ type: 'Configuration', nonRetryable: false });
  });

  it('is counted across tries that failed for other reasons', async () => {
    const first = await tryOnce(refusal(), { attempt: 1 });
    const throttled = await tryOnce(refusal(failureTypes.transient), { attempt: 2, heartbeatDetails: first.told });
    const second = await tryOnce(refusal(), { attempt: 3, heartbeatDetails: throttled.told });
    const third = await tryOnce(refusal(), { attempt: 4, heartbeatDetails: second.told });

    expect(second.thrown).toMatchObject({ nonRetryable: false });
    expect(third.thrown).toMatchObject({ nonRetryable: true });
  });

  it('is believed at once where no change could still be on its way', async () => {
    const { thrown, told } = await tryOnce(refusal(failureTypes.configuration, 'none'));
    expect(thrown).toMatchObject({ type: 'Configuration', nonRetryable: true });
    expect(told).toBeUndefined();
  });
});

describe('a service that gives credentials and is away', () => {
  it('is waited for, for ten minutes', async () => {
    const away = refusal(failureTypes.configuration, 'minutes');
    const inTime = await tryOnce(away, { attempt: 39, heartbeatDetails: { refusals: 38 } });
    expect(inTime.thrown).toMatchObject({ type: 'Configuration', nonRetryable: false, nextRetryDelay: 15_000 });
    const tooLong = await tryOnce(away, { attempt: 40, heartbeatDetails: inTime.told });
    expect(tooLong.thrown).toMatchObject({ type: 'Configuration', nonRetryable: true });
  });
});
