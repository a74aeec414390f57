import { type ClientInterceptors } from '@temporalio/client';
import { type CallListener } from '../../clouds/tellCalls';
import { clientSpans, openTraces, OpenSpan, type Traces } from '../../traces';

/** Nobody waits longer for a command since something else does not answer. */
const flushMs = 2_000;

/** The span of a command, and those of what it asks of Temporal and of clouds. */
export class CommandTraces {
  private readonly span: OpenSpan;

  private constructor(
    private readonly traces: Traces,
    command: string,
  ) {
    this.span = new OpenSpan({ name: command, kind: 'internal', parent: null, attributes: {} });
  }

  /**
   * Null: the environment asks for no traces.
   *
   * @param command as it is called: `farcopy backup`
   * @param tell takes lines for people
   */
  static open(command: string, tell: (line: string) => void): CommandTraces | null {
    const traces = openTraces(process.env, {}, tell);
    return traces === null ? null : new CommandTraces(traces, command);
  }

  readonly interceptors: ClientInterceptors = { workflow: [clientSpans(() => this.span)] };

  readonly onCall: CallListener = (call) => this.span.calls(call);

  /** Takes two seconds at most. @param error the type of what has ended the command; null: it has done its work */
  async close(error: string | null): Promise<void> {
    this.traces.take(this.span.end(error));
    await this.traces.close(flushMs);
  }
}
