import { type Client } from '@temporalio/client';
import { defaultPayloadConverter, type PayloadCodec } from '@temporalio/common';
import { encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow';
import { pendingSteps } from '../../../../src/client/backup/pendingSteps';
import { readDescription } from '../../../../src/client/backup/readDescription';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { failureTypes } from '../../../../src/core/failure';
import { failureConverter } from '../../../../src/core/failureConverter';
import { DataKeys } from '../../../../src/payloads/dataKeys';
import { EncryptingCodec } from '../../../../src/payloads/payloadCodec';
import { FakeKeyService } from '../../../fakes/keyService';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/1';
const codec = new EncryptingCodec({ writing: key, reading: [key] }, 'default', new DataKeys(new FakeKeyService()));
const clientWith = (payloadCodecs: PayloadCodec[]) => {
  const loadedDataConverter = { payloadConverter: defaultPayloadConverter, failureConverter, payloadCodecs };
  return { options: { loadedDataConverter } } as unknown as Client;
};
const failureOf = (error: Error) =>
  encodeErrorToFailure({ payloadConverter: defaultPayloadConverter, failureConverter, payloadCodecs: [codec] }, error);

async function described() {
  const notReady = applicationFailure(failureTypes.notReady, 'not yet', {
    details: { step: 'copy:secure', percent: 40 },
  });
  const refused = applicationFailure(failureTypes.configuration, 'panda-cluster-1: the role may not');
  const pendingActivities = [
    { activityId: 'copy:secure#wait#3', attempt: 9, lastFailure: await failureOf(notReady) },
    { activityId: 'snapshot#start#1', attempt: 3, lastFailure: await failureOf(refused) },
    { activityId: 'x', heartbeatDetails: { payloads: await codec.encode([defaultPayloadConverter.toPayload(5)]) } },
  ];
  return { raw: { pendingActivities } } as unknown as Parameters<typeof pendingSteps>[1];
}

describe('what is encrypted of pending activities', () => {
  it('is shown as if it were not: percentages, messages and heartbeats', async () => {
    const client = clientWith([codec]);
    const read = await readDescription(client, await described());
    const steps = pendingSteps(client, read);
    expect(steps.get('copy:secure')).toEqual({ percent: 40 });
    expect(steps.get('snapshot')?.trouble?.message).toBe('panda-cluster-1: the role may not');
    const [beat] = read.raw.pendingActivities?.[2]?.heartbeatDetails?.payloads ?? [];
    expect(beat && defaultPayloadConverter.fromPayload(beat)).toBe(5);
  });

  it('fails the look of who has no key, with what to set', async () => {
    const without = new EncryptingCodec({ writing: null, reading: [] }, 'default', new DataKeys(new FakeKeyService()));
    await expect(readDescription(clientWith([without]), await described())).rejects.toThrow('FARCOPY_PAYLOAD_KEY');
  });
});
