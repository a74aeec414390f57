import { createHash } from 'node:crypto';
import { createServer as createHttp, type IncomingMessage } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { glanceMemo, type LifecycleGlance } from '../../src/core/backup/lifecycleGlance';
import { lifecycleWorkflowId } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { fleetName, type LargeFleet, pointOf, resourceRefOf } from './largeFleet';

/** A server that listens on this machine alone. */
export interface StandIn {
  readonly port: number;
  close(): void;
}

/** STS as far as it lets roles be assumed and tells the time, and one bucket of S3 in memory. */
export async function standInForAws(): Promise<StandIn & { readonly stored: () => number }> {
  const objects = new Map<string, Buffer>();
  const server = createHttp((request, response) => {
    void (async () => {
      const { method = '', url = '/' } = request;
      const path = new URL(url, 'http://localhost').pathname;
      const content = await buffer(request);
      if (path === '/' && method === 'POST') {
        response.setHeader('content-type', 'text/xml');
        return response.end(answerOfSts(content.toString(), request));
      }
      if (url.includes('list-type=2')) {
        response.setHeader('content-type', 'application/xml');
        return response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
      }
      if (method === 'PUT') objects.set(path, content);
      const found = objects.get(path);
      if (found === undefined) {
        response.writeHead(404, { 'content-type': 'application/xml' });
        return response.end('<Error><Code>NoSuchKey</Code><Message>there is none</Message></Error>');
      }
      response.setHeader('etag', `"${createHash('md5').update(found).digest('hex')}"`);
      response.setHeader('content-length', method === 'PUT' ? 0 : found.length);
      return response.end(method === 'GET' ? found : undefined);
    })();
  });
  const port = await listening(server);
  const stored = () => [...objects.values()].reduce((sum, { length }) => sum + length, 0);
  return { port, stored, close: () => void server.close() };
}

function answerOfSts(content: string, { headers }: IncomingMessage): string {
  if (!content.includes('Action=AssumeRole'))
    return `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${headers.host ?? ''}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const until = new Date(Date.now() + 3600_000).toISOString();
  return `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKIAEXAMPLE</AccessKeyId><SecretAccessKey>example</SecretAccessKey><SessionToken>example</SessionToken><Expiration>${until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

const {
  GetSystemInfoResponse,
  DescribeTaskQueueResponse,
  ListWorkflowExecutionsRequest,
  ListWorkflowExecutionsResponse,
} = temporal.api.workflowservice.v1;

/** Temporal as far as it lists the lifecycles of the fleet. No worker polls, and there is nothing else. */
export async function standInForTemporal(fleet: LargeFleet): Promise<StandIn> {
  const server = createHttp2();
  server.on('stream', (stream, headers) => {
    void (async () => {
      const message = (await buffer(stream)).subarray(5);
      const answer = answerOf(String(headers[':path']).split('/').pop() ?? '', message, fleet);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': answer === null ? '5' : '0' }));
      if (answer === null) return stream.end();
      const frame = Buffer.alloc(5);
      frame.writeUInt32BE(answer.length, 1);
      return stream.end(Buffer.concat([frame, answer]));
    })();
  });
  const port = await listening(server);
  return { port, close: () => void server.close() };
}

const pageSize = 1000;

/** Null: there is no such thing. */
function answerOf(method: string, message: Buffer, fleet: LargeFleet): Uint8Array | null {
  switch (method) {
    case 'GetSystemInfo':
      return GetSystemInfoResponse.encode({ serverVersion: '1.30.0' }).finish();
    case 'DescribeTaskQueue':
      return DescribeTaskQueueResponse.encode({}).finish();
    case 'ListWorkflowExecutions': {
      const { query, nextPageToken } = ListWorkflowExecutionsRequest.decode(message);
      if (!query.includes("'protectResource'")) return ListWorkflowExecutionsResponse.encode({}).finish();
      const from = nextPageToken.length === 0 ? 0 : Number(Buffer.from(nextPageToken).toString());
      const to = Math.min(fleet.resources, from + pageSize);
      const page = {
        executions: Array.from({ length: to - from }, (_, i) => lifecycle(from + i, fleet)),
        nextPageToken: Buffer.from(to < fleet.resources ? String(to) : ''),
      };
      return ListWorkflowExecutionsResponse.encode(ListWorkflowExecutionsResponse.fromObject(page)).finish();
    }
    default:
      return null;
  }
}

function lifecycle(n: number, fleet: LargeFleet) {
  const latest = pointOf(fleet, 0);
  const glance: LifecycleGlance = {
    ...{ protectedSince: latest, rpoSeconds: 26 * 3600 },
    latest: { scheduledTime: latest, state: 'completed', endedAt: latest, reason: null },
  };
  const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);
  const seconds = { seconds: Math.floor(fleet.now / 1000) };
  return {
    execution: { workflowId: lifecycleWorkflowId(resourceRefOf(n)), runId: '00000000-0000-0000-0000-000000000000' },
    type: { name: 'protectResource' },
    status: 1,
    ...{ startTime: seconds, executionTime: seconds },
    memo: { fields: { [glanceMemo]: payload(glance) } },
    searchAttributes: {
      indexedFields: Object.fromEntries(
        [
          [searchAttributes.fleet.name, fleetName],
          [searchAttributes.tier.name, 'standard'],
          [searchAttributes.state.name, 'Idle'],
        ].map(([name = '', value]) => [
          name,
          { ...payload(value), metadata: { encoding: Buffer.from('json/plain'), type: Buffer.from('Keyword') } },
        ]),
      ),
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
