import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../../../core/duration';
import { fleetReport } from '../../../../core/report/fleetReport';
import { startConsole } from '../../../report/consoleServer';
import { reportPage, type Showing } from '../../../report/html/page';
import { lookAtFleet } from '../../../report/lookAtFleet';
import { temporalUi } from '../../../temporalUi';
import { loadPrices } from '../../../report/priceTable';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { exitCodes } from '../../exitCodes';
import { portNumber } from '../codec';
import { zoneOf } from './report';

interface ConsoleCommandOptions {
  readonly port: number;
  readonly every: number;
  readonly prices?: string;
}

const shortestSeconds = 10;

export const addConsole: AddCommand = (program, host) => {
  program
    .command('console')
    .summary('serve the page of the fleet on this machine, as it is now')
    .description(
      'Serves the page that `farcopy report` writes on 127.0.0.1, and nowhere else, until it is stopped by SIGTERM or Ctrl-C. An ' +
        'open page asks again by itself, without a script. The clouds are looked at while somebody watches, and not oftener than --every ' +
        'says. It changes nothing. Everybody who may open a connection on this machine can see it.',
    )
    .option('--port <n>', 'the port to listen on; 0 takes a free one', portNumber, 8240)
    .option('--every <duration>', `look anew after this time, ${shortestSeconds}s at least`, everySeconds, 60)
    .option('--prices <file>', 'a price table to reckon by (docs/report.md)')
    .addHelpText(
      'after',
      `
Examples:
  farcopy console
  ssh -L 8240:127.0.0.1:8240 operations.example.com farcopy console --every 5m

Exit code: 0 after a graceful stop.`,
    )
    .action(
      actionOf<ConsoleCommandOptions, []>(
        host,
        async (context, { port, every, prices: priceFile }) => {
          const { fleet, clouds, signal, out, terminal } = context;
          const prices = loadPrices(priceFile);
          const ui = temporalUi();
          const timezone = zoneOf(fleet);
          const page = async () => {
            const look = await lookAtFleet(fleet, clouds, () => context.temporal(), { now: terminal.now(), signal });
            const report = fleetReport(look, prices);
            return (showing: Showing) => reportPage(report, { timezone, showing, temporalUi: ui });
          };
          const log = (line: string) => out.note(`${new Date(terminal.now()).toISOString()} ${line}`);
          const server = await startConsole({ port, everySeconds: every, page, now: () => terminal.now(), log });
          out.note(`fleet ${fleet.name}: ${server.url}`);
          await new Promise<void>((resolve) => {
            if (signal.aborted) resolve();
            else signal.addEventListener('abort', () => resolve(), { once: true });
          });
          await server.close();
          out.document(true, { fleet: fleet.name, url: server.url });
          return exitCodes.ok;
        },
        { endsItself: true },
      ),
    );
};

function everySeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === null || seconds < shortestSeconds)
    throw new InvalidArgumentError(`It must be a duration of ${shortestSeconds}s or more, like 60s or 5m.`);
  return seconds;
}
