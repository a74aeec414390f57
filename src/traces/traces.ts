import { type Span, type SpanAttributes } from '../core/traces/span';
import { SpanExporter } from './spanExporter';
import { tracesSettings } from './tracesSettings';

/** Where the spans of this process go. */
export interface Traces {
  /** Never throws, and nobody waits. */
  take(spans: readonly Span[]): void;
  /** Sends what is left, for so long at most. */
  close(withinMs: number): Promise<void>;
}

/**
 * Traces as the variables of OpenTelemetry ask for them; null: they ask for none, or for what cannot be done, which the log is told.
 *
 * @param about what this process is, besides what the variables say
 */
export function openTraces(
  environment: NodeJS.ProcessEnv,
  about: SpanAttributes,
  tell: (line: string) => void,
): Traces | null {
  const { config, problems } = tracesSettings(environment);
  for (const problem of problems) tell(`nothing is traced: ${problem}`);
  if (config === null) return null;
  const exporter = new SpanExporter({ ...config, resource: { ...about, ...config.resource } }, tell);
  return {
    take: (spans) => spans.forEach((span) => exporter.take(span)),
    close: (withinMs) => exporter.close(withinMs),
  };
}
