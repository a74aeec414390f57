import { searchAttributes } from '../core/searchAttributes';
import { type NamedResource } from './backup/recoveryPointSnapshot';
import { InvalidRequestError } from './invalidRequestError';
import { temporalConfig, type TemporalConfig } from './temporalConfig';

/** Names the variable that says where the Temporal UI is. */
export const temporalUiVariable = 'FARCOPY_TEMPORAL_UI';

const cloudUi = 'https://cloud.temporal.io';

/** Addresses in the Temporal UI. */
export class TemporalUi {
  private readonly start: string;

  /** @param base of the UI: `https://temporal.example`; empty: what it gives are paths */
  constructor(base: string, namespace: string) {
    this.start = `${base}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  }

  /** The latest run of a workflow. */
  workflow(workflowId: string): string {
    return `${this.start}/${encodeURIComponent(workflowId)}`;
  }

  /**
   * A list of workflows.
   *
   * @param query a list filter of Temporal
   * @param name of a view, which a UI from 2.42 on offers to save; older ones pass it over
   */
  list(query: string, name?: string): string {
    const saved = name === undefined ? '' : `&savedQuery=${encodeURIComponent(name)}`;
    return `${this.start}?query=${encodeURIComponent(query)}${saved}`;
  }

  /** All that ran for a resource: its lifecycle, its recovery points, drills and restores. */
  ofResource({ kind, account, region, id }: NamedResource): string {
    const { kind: ofKind, account: inAccount, region: inRegion, resource } = searchAttributes;
    const wanted = [
      [ofKind, kind],
      [inAccount, account],
      [inRegion, region],
      [resource, id],
    ] as const;
    return this.list(wanted.map(([{ name }, value]) => `${name}="${value}"`).join(' AND '));
  }
}

/**
 * The Temporal UI: that of Temporal Cloud is known, any other one is what `FARCOPY_TEMPORAL_UI` says; null where nobody has said.
 *
 * @throws InvalidRequestError where the variable is no address of the web.
 */
export function temporalUi(
  config: TemporalConfig | null = configOrNothing(),
  environment: NodeJS.ProcessEnv = process.env,
): TemporalUi | null {
  const told = environment[temporalUiVariable]?.trim() ?? '';
  const base = told === '' ? null : addressOf(told);
  if (config === null) return null;
  const { connectionOptions, namespace } = config;
  if (base !== null) return new TemporalUi(base, namespace);
  const isCloud = /\.tmprl\.cloud(:\d+)?$|\.api\.temporal\.io(:\d+)?$/.test(connectionOptions.address);
  return isCloud ? new TemporalUi(cloudUi, namespace) : null;
}

/** Settings that are broken are told by what connects: no report ends for the want of a link. */
function configOrNothing(): TemporalConfig | null {
  try {
    return temporalConfig();
  } catch {
    return null;
  }
}

/** Nothing but an address leads anywhere from a page; what it says of a user stays out of what is sent by mail. */
function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (!isPlain || !/^https?:$/.test(url.protocol))
    throw new InvalidRequestError(
      `${temporalUiVariable} is no address of a Temporal UI`,
      'write where your browser finds the UI: https://temporal.example or http://127.0.0.1:8233',
    );
  return url.href.replace(/\/+$/, '');
}
