import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { farcopySearchAttributes, startTemporalServer } from '../../sandbox/servers';

/** Gives the work a real Temporal server of its own, which ends with it. */
export async function withTemporal<T>(
  temporalCli: string,
  work: (client: Client, connection: NativeConnection) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'farcopy-bench-'));
  const server = await startTemporalServer({
    path: temporalCli,
    searchAttributes: farcopySearchAttributes,
    headless: true,
    logFile: join(directory, 'temporal.log'),
  });
  // A page of the history of a round of 10,000 is larger than what a client of gRPC takes by itself.
  const channelArgs = { 'grpc.max_receive_message_length': -1 };
  const connection = await Connection.connect({ address: server.address, channelArgs });
  const nativeConnection = await NativeConnection.connect({ address: server.address });
  try {
    return await work(new Client({ connection }), nativeConnection);
  } finally {
    await nativeConnection.close();
    await connection.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
