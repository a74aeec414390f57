import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type ServerAnswer, type ServerOrder, type ServerQuestion } from './serverProcess';

export interface ObjectServer {
  readonly endpoint: string;
  /** Key, size and CRC32C of everything that a sink holds. */
  checksums(): Promise<Extract<ServerAnswer, { checksums: unknown }>['checksums']>;
  /** Of the process so far. */
  cpuSeconds(): Promise<number>;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** A source or a sink in a process of its own, which ends with this one. */
export async function startObjectServer(order: ServerOrder): Promise<ObjectServer> {
  const child = fork(join(__dirname, 'serverProcess.js'), { execArgv: [] });
  const ask = async <T extends ServerAnswer>(message: ServerOrder | ServerQuestion): Promise<T> => {
    const answered = new Promise<T>((resolve, reject) => {
      const ended = () => reject(new Error('an object server has ended'));
      child.once('exit', ended);
      child.once('message', (answer: T) => {
        child.off('exit', ended);
        resolve(answer);
      });
    });
    child.send(message);
    return answered;
  };
  const { endpoint } = await ask<{ endpoint: string }>(order);
  return {
    endpoint,
    checksums: async () => (await ask<Extract<ServerAnswer, { checksums: unknown }>>({ ask: 'checksums' })).checksums,
    cpuSeconds: async () => (await ask<{ cpuSeconds: number }>({ ask: 'cpu' })).cpuSeconds,
    clear: async () => void (await ask({ ask: 'clear' })),
    async stop() {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
