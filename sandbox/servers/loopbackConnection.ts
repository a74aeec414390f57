import { type ConnectionOptions } from '@temporalio/client';

/**
 * How to connect to a server of this machine: gRPC would ask the proxy that `http_proxy` or `https_proxy` names for it, which
 * cannot reach the loopback address of another machine.
 */
export function loopbackConnection(address: string): Pick<ConnectionOptions, 'address' | 'channelArgs'> {
  return { address, channelArgs: { 'grpc.enable_http_proxy': 0 } };
}
