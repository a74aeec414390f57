import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type EndedCall, tellCalls } from '../../../src/clouds/tellCalls';

type Answer = { readonly statusCode: number; readonly body?: string } | Error;

/** What a client that AWS answers so, try after try, has told of its calls. */
async function told<C extends RDSClient | S3Client>(
  service: new (config: object) => C,
  call: (client: C) => Promise<unknown>,
  ...answers: Answer[]
): Promise<EndedCall[]> {
  const calls: EndedCall[] = [];
  const requestHandler = {
    handle: () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error('there are no more answers');
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({
        response: { statusCode: answer.statusCode, headers: {}, body: new TextEncoder().encode(answer.body ?? '') },
      });
    },
  };
  const token = { getRetryCount: () => 0, getRetryDelay: () => 0 };
  // Tries as long as there are answers, without a pause.
  const retryStrategy = {
    acquireInitialRetryToken: () => Promise.resolve(token),
    refreshRetryTokenForRetry: () =>
      answers.length > 0 ? Promise.resolve(token) : Promise.reject(new Error('enough')),
    recordSuccess: () => undefined,
  };
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const client = new service({ region: 'eu-west-1', credentials, requestHandler, retryStrategy });
  tellCalls(client, 'eu-west-1', (ended) => calls.push(ended));
  await call(client).catch(() => undefined);
  return calls;
}

const list = (client: RDSClient) => client.send(new DescribeDBClustersCommand({}));
const head = (client: S3Client) => client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));
const error = (code: string, statusCode: number) => ({
  statusCode,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`,
});
const done = {
  statusCode: 200,
  body: '<DescribeDBClustersResponse><DescribeDBClustersResult/></DescribeDBClustersResponse>',
};
const outcomes = (calls: readonly EndedCall[]) => calls.map(({ outcome }) => outcome);

test('a call is told by its service, its operation and its region, with its time and status', async () => {
  const since = Date.now();
  const [call] = await told(RDSClient, list, done);
  const { begun = 0, ended = 0, ...rest } = call ?? {};
  expect(rest).toEqual({
    ...{ cloud: 'aws', service: 'rds', operation: 'DescribeDBClusters', region: 'eu-west-1' },
    ...{ outcome: 'done', httpStatus: 200 },
  });
  expect([since <= begun, begun <= ended, ended <= Date.now()]).toEqual([true, true, true]);
});

test('a refusal has its status, and silence none', async () => {
  const statuses = async (answer: Answer) => (await told(RDSClient, list, answer)).map(({ httpStatus }) => httpStatus);
  expect(await statuses(error('AccessDenied', 403))).toEqual([403]);
  expect(await statuses(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))).toEqual([null]);
});

test('a throttled try is told although the SDK tries again in silence', async () => {
  expect(outcomes(await told(RDSClient, list, error('Throttling', 400), error('X', 503), done))).toEqual([
    'throttled',
    'unavailable',
    'done',
  ]);
});

test.each([
  ['denied', error('AccessDenied', 403)],
  ['refused', error('DBClusterNotFoundFault', 404)],
  ['refused', error('InvalidParameterValue', 400)],
  ['aborted', Object.assign(new Error('aborted'), { name: 'AbortError' })],
])('a call is %s: %j', async (outcome, answer) => {
  expect(outcomes(await told(RDSClient, list, answer))).toEqual([outcome]);
});

test('an object that is not there is refused to nobody for want of a right', async () => {
  expect(outcomes(await told(S3Client, head, { statusCode: 404 }))).toEqual(['refused']);
});

test('no answer at all is told of each try', async () => {
  const reset = () => Object.assign(new Error('reset'), { code: 'ECONNRESET', name: 'TimeoutError' });
  expect(outcomes(await told(RDSClient, list, reset(), reset(), reset()))).toEqual(Array(3).fill('unavailable'));
});
