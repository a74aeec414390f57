import { Option } from 'commander';
import { fleetFindings } from '../../../../core/report/fleetFindings';
import { reckon } from '../../../../core/report/fleetReport';
import { type FleetFinding, isAtLeast, severities, type Severity } from '../../../../core/report/finding';
import { lookAtFleet } from '../../../report/lookAtFleet';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { exitCodes } from '../../exitCodes';
import { limited, rowLimit } from '../../rowLimit';
import { lookExitCode, tellUnreadable } from './lookExitCode';

interface FindingsOptions {
  readonly failOn?: Severity;
  readonly limit: number;
}

export const addFindings: AddCommand = (program, host) => {
  program
    .command('findings')
    .summary('list what is wrong or risky, the worst first')
    .description(
      'Lists what is wrong or risky in the fleet, the worst first: places whose newest verified copy is older than the RPO, ' +
        'resources that nothing protects or that have vanished, accounts that cannot be listed, pauses, stocks, drills, what ' +
        'retention leaves alone, and what the services tell of the resources themselves. Each has an id that stays the same ' +
        'as long as the trouble does, and says what to do. Reads the clouds and Temporal, and changes nothing; without Temporal it ' +
        'tells what the clouds know.',
    )
    .addOption(
      new Option('--fail-on <severity>', 'end with 4 where a finding is as bad as this, or worse').choices(severities),
    )
    .option('--limit <n>', 'show at most this many; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy findings
  farcopy findings --fail-on high
  farcopy findings --json | jq -r '.findings[] | select(.severity == "critical") | .id'

Exit code: 0 whatever there is, but 4 with --fail-on or where all of the clouds refused, 3 when something could not be read, 5 when nothing
answered.`,
    )
    .action(
      actionOf<FindingsOptions, []>(host, async (context, { failOn, limit }) => {
        const { fleet, clouds, signal, out, terminal } = context;
        const look = await lookAtFleet(fleet, clouds, () => context.temporal(), { now: terminal.now(), signal });
        const findings = fleetFindings(look, reckon(look));
        const shown = limited(findings, limit);
        let last: FleetFinding | undefined;
        for (const finding of shown) {
          const { severity, subject, message, mend, more } = finding;
          if (severity !== last?.severity) out.line(`${last === undefined ? '' : '\n'}${severity.toUpperCase()}`);
          out.line(`  ${subject.name}: ${message}`);
          // What many have in common is told once.
          if (finding.check !== last?.check || mend !== last.mend) out.line(`    → ${mend} (${more})`);
          last = finding;
        }
        if (findings.length === 0) out.line('Nothing is wrong or risky, as far as it could be seen.');
        if (shown.length < findings.length)
          out.line(`${shown.length} of ${findings.length} shown; --limit 0 shows all`);
        tellUnreadable(look, out);
        const isBad = failOn !== undefined && findings.some(({ severity }) => isAtLeast(severity, failOn));
        const exitCode = isBad ? exitCodes.failed : lookExitCode(look);
        const { unreadable } = look;
        out.document(exitCode === exitCodes.ok, {
          ...{ fleet: fleet.name, at: new Date(look.now).toISOString() },
          ...{ temporalAnswered: look.temporal !== null, unreadable, findings },
        });
        return exitCode;
      }),
    );
};
