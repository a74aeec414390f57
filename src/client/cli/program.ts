import { Command } from 'commander';
import { version } from '../../core/version';
import { addAlert } from './commands/alerts/alert';
import { addAlerts } from './commands/alerts/alerts';
import { addApply } from './commands/apply';
import { addBackup } from './commands/backup';
import { addCatalogue } from './commands/catalogue/catalogue';
import { addCheck } from './commands/check';
import { addCodec } from './commands/codec';
import { addCompletion } from './commands/completion';
import { addCompliance } from './commands/ledger/compliance';
import { addCopies } from './commands/copies';
import { addDrill } from './commands/drill';
import { addDrills } from './commands/drills';
import { addCancel } from './commands/control/cancel';
import { addHistory } from './commands/ledger/history';
import { addConsole } from './commands/report/console';
import { addExplain } from './commands/report/explain';
import { addFindings } from './commands/report/findings';
import { addReport } from './commands/report/report';
import { addHold } from './commands/holds/hold';
import { addHolds } from './commands/holds/holds';
import { addInit } from './commands/init';
import { addLimits } from './commands/limits';
import { addPlan } from './commands/plan';
import { addPrune } from './commands/retention/prune';
import { addRelease } from './commands/holds/release';
import { addRestore } from './commands/restore';
import { addSchedules } from './commands/schedules';
import { addSignals } from './commands/signals';
import { addStatus } from './commands/status';
import { addSweep } from './commands/sweep';
import { addWorker } from './commands/worker';
import { type AddCommand } from './addCommand';
import { kinds as registeredKinds } from '../../kinds/registry';
import { type Host } from './commandContext';
import { addGlobalOptions } from './globalOptions';
import { processTerminal } from './terminal';

const commands: readonly AddCommand[] = [
  addInit,
  addCheck,
  addPlan,
  addApply,
  addBackup,
  addStatus,
  addExplain,
  addFindings,
  addReport,
  addConsole,
  addSchedules,
  addSignals,
  addCancel,
  addCopies,
  addCatalogue,
  addPrune,
  addHold,
  addRelease,
  addHolds,
  addHistory,
  addCompliance,
  addRestore,
  addDrill,
  addDrills,
  addSweep,
  addLimits,
  addAlerts,
  addAlert,
  addWorker,
  addCodec,
  addCompletion,
];

/** The command line, ready for more commands. `runProgram` runs it. Defaults are those of a process of its own. */
export function createProgram({
  terminal = processTerminal(),
  ended = (exitCode) => void (process.exitCode = exitCode),
  kinds = registeredKinds,
}: Partial<Host> = {}): Command {
  const program = new Command('farcopy')
    .description('Durable copies of AWS databases where no single mistake, account or region can take them all.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // `runProgram` reports every error, in one way.
      outputError: () => undefined,
    });
  addGlobalOptions(program);
  for (const add of commands) add(program, { terminal, ended, kinds });
  program.addHelpText(
    'after',
    `
Exit codes: 0 ok, 1 unexpected failure, 2 bad input or fleet file, 3 partially failed, 4 failed,
5 Temporal or AWS not reachable, 130 interrupted.

Temporal is found by its own variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …) and temporal.toml,
AWS by the credential chain and endpoint variables of its SDK. FARCOPY_PAYLOAD_KEY encrypts what Temporal keeps.`,
  );
  return program;
}
