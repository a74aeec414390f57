import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitCodes } from '../../src/client/cli/exitCodes';
import { runFarcopy } from './farcopyCommand';
import { type DemoRun } from './runDemo';

/**
 * Has `farcopy report` write the page of the demo's fleet. The proof stands whether there is a page or not.
 *
 * @param environment with it `farcopy` works against the sandbox
 * @returns the address under which a browser opens the page; null: it could not be written whole, and people were told why
 */
export async function writeFleetReport(
  { state, reportFile, keep = false, signal, say }: DemoRun,
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  const { code, message } = await runFarcopy(['report', '--out', reportFile], {
    // A page that outlives the Temporal UI would lead nowhere.
    env: keep ? environment : { ...environment, FARCOPY_TEMPORAL_UI: '' },
    logFile: join(state.logs, 'report.log'),
    signal,
  });
  // Where something could not be read, the page says so.
  if (code === exitCodes.ok || code === exitCodes.partiallyFailed) return pathToFileURL(reportFile).href;
  say(`The report of the fleet could not be written to ${reportFile}: ${message}`);
  return null;
}
