import { describeIssue, roleArn } from '../../../config';
import { checkChannels, checkHeartbeat } from '../../fleet/checkChannels';
import { checkClouds, checkTemporal, type Finding } from '../../fleet/checkFleet';
import { checkPayloads } from '../../fleet/checkPayloads';
import { type DeletableThing } from '../../fleet/deletion/deletable';
import { findDeletable } from '../../fleet/deletion/findDeletable';
import { UnreachableError } from '../../unreachableError';
import { type AddCommand } from '../addCommand';
import { actionOf, type CommandContext } from '../commandContext';
import { type ExitCode, exitCodes } from '../exitCodes';
import { failureReport } from '../failureReport';
import { type Output } from '../output';

interface CheckOptions {
  readonly offline?: boolean;
}

export const addCheck: AddCommand = (program, host) => {
  program
    .command('check')
    .summary('look whether everything is there that backups need')
    .description(
      'Looks whether the fleet file is valid, Temporal is ready, every role can be assumed, every key can be used and every ' +
        'account can be read. Says what is missing and how to mend it, and what an administrator of each vault could still ' +
        'delete. Changes nothing.',
    )
    .option('--offline', 'look at nothing but the fleet file')
    .addHelpText(
      'after',
      `
Examples:
  farcopy check
  farcopy check --offline --fleet fleet.yaml     in CI, without credentials
  farcopy check --json | jq '.findings[] | select(.state != "ok")'
  farcopy check --json | jq '.deletable[] | select(.deletable != "no")'

Exit code: 0 all holds (warnings may remain), 2 the fleet file is wrong, 4 something is missing,
5 something could not be reached and nothing else is wrong.`,
    )
    .action(
      actionOf<CheckOptions, []>(host, async (context, { offline = false }) => {
        const { fleet, out } = context;
        out.line(`fleet file ${context.options.fleet}: valid, fleet ${fleet.name}`);
        const findings = offline ? [] : await lookAround(context);
        const deletable = offline ? [] : await lookForDeletable(context, findings);
        out.table(
          ['', 'what', 'where', 'found'],
          findings.map(({ state, check, subject, message }) => [out.state(state), check, subject, message]),
          '',
        );
        const todo = thingsToDo(findings);
        if (todo.length > 0) out.line(`\nTo do:\n${todo.map((text) => `  - ${text}`).join('\n')}`);
        printDeletable(deletable, out);
        const exitCode = exitCodeOfFindings(findings);
        out.document(exitCode === exitCodes.ok, {
          fleet: fleet.name,
          warnings: fleet.warnings.map(describeIssue),
          findings,
          deletable,
        });
        return exitCode;
      }),
    );
};

/** Temporal and the clouds are looked at side by side, and the one is told even if the other does not answer. */
async function lookAround(context: CommandContext): Promise<Finding[]> {
  const { fleet, clouds, signal } = context;
  const temporal = async () => {
    try {
      const { client, payloads } = await context.temporalConnection();
      return [...(await checkPayloads(payloads)), ...(await checkTemporal(fleet, client))];
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      const { message, hint = null } = failureReport(error);
      return [
        { check: 'temporal', subject: 'connection', state: 'unreachable', message, mend: hint } satisfies Finding,
      ];
    }
  };
  const channels = [...checkChannels(fleet.channels, process.env), ...checkHeartbeat(fleet.heartbeat, process.env)];
  return [...(await Promise.all([temporal(), checkClouds(fleet, clouds, signal)])).flat(), ...channels];
}

/** What an administrator could still delete is no fault of the file, and changes no exit code. */
async function lookForDeletable(
  { fleet, clouds, signal }: CommandContext,
  findings: readonly Finding[],
): Promise<DeletableThing[]> {
  // Without accounts there are no routes, which is told already.
  if (findings.some(({ check }) => check === 'accounts')) return [];
  const open = new Set(
    findings.filter(({ check, state }) => check === 'role' && state === 'ok').map(({ subject }) => subject),
  );
  return findDeletable(fleet, clouds, ({ access, account }) => open.has(roleArn(fleet, access, account)), signal);
}

function printDeletable(things: readonly DeletableThing[], out: Output): void {
  if (things.length === 0) return;
  out.line('\nCan an administrator still delete it?');
  out.table(
    ['', 'for', 'what', 'why'],
    things.map(({ deletable, places, subject, message }) => [
      out.state(deletable === 'no' ? 'ok' : 'warning', deletable.replace('-', ' ')),
      places.join(', '),
      subject,
      message,
    ]),
    '',
  );
  const trials = [...new Set(things.flatMap(({ trial }) => trial ?? []))];
  if (trials.length > 0)
    out.line(`\nWhat would show it, and deletes nothing:\n${trials.map((text) => `  - ${text}`).join('\n')}`);
}

export function exitCodeOfFindings(findings: readonly Pick<Finding, 'state'>[]): ExitCode {
  if (findings.some(({ state }) => state === 'failed')) return exitCodes.failed;
  if (findings.some(({ state }) => state === 'unreachable')) return exitCodes.unreachable;
  return exitCodes.ok;
}

/** What to do, and where: the same thing in many places is one line. */
export function thingsToDo(findings: readonly Pick<Finding, 'subject' | 'mend'>[]): string[] {
  const places = new Map<string, string[]>();
  for (const { subject, mend } of findings) if (mend !== null) places.set(mend, [...(places.get(mend) ?? []), subject]);
  return [...places].map(([mend, subjects]) => `${mend} (${subjects.join(', ')})`);
}
