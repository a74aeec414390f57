import { log, setHandler, type SignalDefinition } from '@temporalio/workflow';
import { parsed, type Shape } from '../core/messages/shape';

/** Handles a signal that carries something. One that cannot be read is dropped, and the log says so: nobody waits for an answer. */
export function onSignal<T>(signal: SignalDefinition<[T]>, shape: Shape<T>, handle: (value: T) => void): void {
  setHandler(signal, (value: T) => {
    let read: T;
    try {
      read = parsed(shape, value, signal.name);
    } catch (error) {
      log.warn('dropped a signal that cannot be read', { signal: signal.name, problem: (error as Error).message });
      return;
    }
    handle(read);
  });
}
