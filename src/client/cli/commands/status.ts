import { type Client } from '@temporalio/client';
import { fleetTaskQueue } from '../../../core/naming';
import { type RecoveryPointOutcome } from '../../../core/backup/lifecycle';
import { ageText } from '../../../core/report/fleetFindings';
import { resourcePath } from '../../../core/resource';
import { timeLeftText } from '../../../core/steps/timeLeft';
import { untoldText } from '../../../core/backup/lifecycleText';
import {
  latestRounds,
  lifecycleStatuses,
  type LifecycleStatus,
  type RoundStatus,
  statusesAtAGlance,
} from '../../backup/lifecycleStatus';
import { glanceLifecycles, type GlancedLifecycle } from '../../backup/listLifecycles';
import { resourceNames } from '../../backup/resourceNames';
import { stepWords } from '../../backup/stepWords';
import { type AlertsStatus, listAlerts } from '../../notify/listAlerts';
import { endedText } from './alerts/alerts';
import { type NamedResource } from '../../backup/recoveryPointSnapshot';
import { newestInPlaces, type NewestInPlace } from '../../report/newestInPlaces';
import { pollingWorkers } from '../../pollingWorkers';
import { parseResourceArgument, resolveResources } from '../../catalogue/resourceArgument';
import { pausedSchedules } from '../../schedule/listSchedules';
import { pauseText } from '../../../core/schedulePause';
import { type AddCommand } from '../addCommand';
import { ownerColumns } from '../tables/columns';
import { actionOf } from '../commandContext';
import { openIndex, tellIndex } from './catalogue/openIndex';
import { CommandFailure } from '../commandFailure';
import { exitCodeOf, exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { limited, rowLimit } from '../rowLimit';
import { nameOf } from './schedules';
import { shortReason } from '../tables/shortReason';
import { type Cell } from '../tables/table';

/** More are shown as Temporal lists them: workers that are busy answer a hundred questions in seconds, and a thousand in minutes. */
const askedAtMost = 100;

interface StatusOptions {
  readonly limit: number;
  readonly places?: boolean;
  readonly index?: boolean;
}

export const addStatus: AddCommand = (program, host) => {
  program
    .command('status')
    .summary('show how well resources are protected')
    .description(
      'Shows the latest round of each tier, schedules that are paused, and of each resource its state, its latest recovery point and whether its RPO ' +
        'holds. Below the table it tells whole reasons, and the steps under way: what they wait for or meet, since when, how ' +
        'often they were tried, and when they are tried next. Where more than 100 are to be shown it asks none of them: it shows ' +
        'what Temporal lists, some seconds late and without steps.',
    )
    .argument('[resource...]', 'only these')
    .option('--limit <n>', 'show at most this many resources; 0 shows all', rowLimit, 100)
    .option('--places', 'show the newest verified copy in each place, too, as the clouds list them')
    .option('--index', 'with --places, take the copies from the index of the catalogue, as old as it is')
    .addHelpText(
      'after',
      `
Examples:
  farcopy status
  farcopy status panda-cluster-1 --places
  farcopy status --limit 0 --json | jq '.lifecycles[] | select(.rpoMissed)'`,
    )
    .action(
      actionOf<StatusOptions, [string[]]>(
        host,
        async (context, { limit, places: isPlaced = false, index: isIndexed = false }, names) => {
          const { fleet, clouds, signal, out } = context;
          if (isIndexed && !isPlaced)
            throw new CommandFailure('status: --index goes with --places', exitCodes.usage, 'add --places');
          const routes = new Set(fleet.tiers.flatMap(({ route }) => route.map(({ name }) => name)));
          const index = isIndexed ? await openIndex(context, [...routes]) : null;
          const client = await context.temporal();
          const all = await listedLifecycles(client, fleet.name);
          const wanted =
            names.length === 0
              ? all
              : resolveResources(
                  names.map((name) => parseResourceArgument(name, context.kinds)),
                  all,
                  `the protected resources of fleet ${fleet.name}`,
                );
          const shown = limited(wanted, limit);
          const hasWorker = (await pollingWorkers(client, fleetTaskQueue(fleet.name))) > 0;
          const now = context.terminal.now();
          // While lifecycles answer: whoever is away keeps `status` waiting once.
          const asked = hasWorker && names.length === 0 ? listAlerts(client, fleet.name, 1) : Promise.resolve(null);
          asked.catch(() => undefined);
          const isAsked = hasWorker && shown.length <= askedAtMost;
          const lifecycles = isAsked
            ? await lifecycleStatuses(client, shown, now)
            : await statusesAtAGlance(client, fleet.name, shown, now);
          const tiers = fleet.tiers.map(({ name }) => name);
          const rounds = names.length === 0 ? await latestRounds(client, fleet.name, tiers) : [];
          const silent = isAsked ? lifecycles.filter(({ lifecycle }) => lifecycle === null).length : 0;
          if (!hasWorker)
            out.note(
              `no worker of fleet ${fleet.name} runs, so only what Temporal shows is known; start one: farcopy worker`,
            );
          else if (silent > 0)
            out.note(
              `${silent} of ${lifecycles.length} did not answer, so only what Temporal shows of them is known; does a worker run?`,
            );
          if (hasWorker && !isAsked)
            out.note(
              `${shown.length} resources are shown as Temporal lists them, some seconds late; for the steps of one: farcopy status RESOURCE`,
            );
          const paused = names.length > 0 ? [] : await pausedSchedules(client, fleet, now);
          printRounds(rounds, out);
          for (const { pause, ...of } of paused)
            out.line(`${nameOf(of)} is ${pauseText(pause, (time) => out.time(time))}`);
          if (paused.length > 0) out.line();
          printLifecycles(lifecycles, out, now);
          printUnprotected(rounds, out);
          const alerts = await asked;
          if (alerts !== null) printAlerts(alerts, out);
          else if (hasWorker && names.length === 0)
            out.note('alerts do not answer: nobody may be told of anything; see docs/runbook.md#alerts-do-not-answer');
          if (shown.length < wanted.length) out.line(`${shown.length} of ${wanted.length} shown; --limit 0 shows all`);
          const told = {
            ...{ fleet: fleet.name, workers: hasWorker, rounds, paused, total: wanted.length },
            alerts: alerts === null ? null : { state: alerts.state, open: alerts.total, lost: alerts.lost.length },
          };
          if (!isPlaced) {
            out.document(true, { ...told, lifecycles });
            return exitCodes.ok;
          }
          const { of, problems, index: from } = await newestInPlaces(fleet, clouds, index, shown, now, signal);
          const placed = lifecycles.map((status) => ({ ...status, places: of(resourcePath(status)) }));
          printPlaces(placed, out);
          tellIndex(out, from);
          for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
          const exitCode = exitCodeOf(1, problems.length);
          out.document(exitCode === exitCodes.ok, {
            ...told,
            lifecycles: placed,
            ...(isIndexed ? { index: from } : {}),
            problems,
          });
          return exitCode;
        },
      ),
    );
};

export async function listedLifecycles(client: Client, fleet: string): Promise<GlancedLifecycle[]> {
  const all: GlancedLifecycle[] = [];
  for await (const lifecycle of glanceLifecycles(client, fleet)) all.push(lifecycle);
  const key = ({ account, region, kind, id }: GlancedLifecycle) => [account, region, kind, id].join(' ');
  return all.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function printPlaces(
  placed: readonly (LifecycleStatus & { readonly places: readonly NewestInPlace[] })[],
  out: Output,
): void {
  const rows = placed.flatMap(({ places, ...status }) => places.map((place) => ({ ...status, ...place })));
  out.line();
  out.rows(
    rows,
    [
      { title: 'resource', cell: ({ id }) => id },
      ...ownerColumns<NamedResource>((status) => status),
      { title: 'place', cell: ({ place }) => place },
      { title: 'newest verified copy', cell: ({ newest }) => (newest === null ? 'none' : out.time(newest)) },
      { title: 'old', cell: ({ ageSeconds }) => (ageSeconds === null ? '–' : ageText(ageSeconds)) },
    ],
    '',
  );
}

function printRounds(rounds: readonly RoundStatus[], out: Output): void {
  if (rounds.length === 0) return;
  const anyWhy = rounds.some(({ reason }) => reason !== null);
  out.rows(
    rounds,
    [
      { title: 'tier', cell: ({ tier }) => tier },
      { title: 'latest round', cell: ({ startedAt }) => out.shortTime(startedAt) },
      { title: 'ended', cell: ({ endedAt }) => out.shortTime(endedAt) },
      { title: 'state', cell: ({ state }) => out.state(state) },
      anyWhy ? { title: 'why', cell: (round) => whyOf(round.reason) } : null,
    ],
    '',
    { fits: anyWhy },
  );
  for (const { tier, reason } of rounds) if (reason !== null) out.line(`${tier}: ${reason}`);
  out.line();
}

/** Every round sees the same accounts: what one tells, the others repeat. */
function printUnprotected(rounds: readonly RoundStatus[], out: Output): void {
  for (const line of new Set(rounds.flatMap(({ unprotected }) => unprotected?.first ?? []))) out.note(line);
}

function printAlerts({ state, total, underWay, lost }: AlertsStatus, out: Output): void {
  if (state !== null && state !== 'RUNNING') out.note(endedText(state));
  const untold = new Set(underWay.flatMap(({ receiver, problem }) => (problem === null ? [] : [receiver]))).size;
  if (total + untold + lost.length === 0) return;
  const whoNot = untold === 0 ? '' : `, ${untold} topics or channels cannot be told`;
  out.line(
    `alerts: ${total} open${whoNot}${lost.length === 0 ? '' : ', some were given up'}; farcopy alerts shows them`,
  );
}

export function printLifecycles(lifecycles: readonly LifecycleStatus[], out: Output, now: number): void {
  const anyWhy = lifecycles.some((status) => reasonOf(status) !== null);
  out.rows(
    lifecycles,
    [
      { title: 'resource', cell: ({ id }) => id },
      ...ownerColumns<LifecycleStatus>((status) => status),
      { title: 'tier', cell: ({ tier }) => tier, same: (tier) => `tier ${tier}` },
      { title: 'state', cell: (status) => stateCell(status, out) },
      { title: 'RPO', cell: (status) => rpoCell(status, out) },
      {
        title: 'latest',
        cell: (status) => out.state(latestOf(status)?.state ?? '', latestText(status, out)),
      },
      anyWhy ? { title: 'why', cell: (status) => whyOf(reasonOf(status)) } : null,
    ],
    'No resource is protected yet: backups begin with the first round, or with `farcopy backup`.',
    { fits: anyWhy },
  );
  const nameOf = resourceNames(lifecycles);
  for (const status of lifecycles) {
    const lines = detailsOf(status, out, now);
    if (lines.length > 0) out.line(`\n${nameOf(status)}`);
    for (const line of lines) out.line(`  ${line}`);
  }
}

/** What the table has no room for: that nobody could be told, the steps under way, and why the latest recovery point is not complete. */
export function detailsOf(status: LifecycleStatus, out: Pick<Output, 'time' | 'moment'>, now: number): string[] {
  const { lifecycle, inFlight } = status;
  const at = (time: string) => out.moment(time);
  const steps = (inFlight?.steps ?? []).filter(({ state }) => ['waiting', 'starting', 'running'].includes(state));
  const latest = latestOf(status);
  const reason = latest?.reason ?? null;
  return [
    ...(lifecycle?.untold ? [untoldText(lifecycle.untold, at)] : []),
    ...(inFlight === null || steps.length === 0
      ? []
      : [
          `recovery point of ${out.time(inFlight.scheduledTime)}, ${inFlight.percent} %${inFlight.expectedEnd === undefined ? '' : `, ${timeLeftText(inFlight.expectedEnd, now)}`}`,
          ...steps.map((step) => `  ${step.step}: ${stepWords(step, at)}`),
        ]),
    ...(latest === null || reason === null
      ? []
      : [`recovery point of ${out.time(latest.scheduledTime)} ${latest.state}: ${reason}`]),
  ];
}

type Latest = Pick<LifecycleStatus, 'lifecycle' | 'glance'>;

function latestOf({ lifecycle, glance }: Latest): RecoveryPointOutcome | null {
  return lifecycle === null ? (glance?.latest ?? null) : (lifecycle.outcomes.at(-1) ?? null);
}

/** What nobody has answered for is not known to be none. */
export function latestText(status: Latest, out: Pick<Output, 'shortTime'>): string {
  const latest = latestOf(status);
  if (latest === null) return status.lifecycle === null ? '?' : 'none yet';
  return `${out.shortTime(latest.scheduledTime)} ${latest.state === 'partially-failed' ? 'partial' : latest.state}`;
}

/** What is in flight says more than the list of workflows, which lags behind. */
function stateCell({ state, lifecycle, inFlight }: LifecycleStatus, out: Output): Cell {
  const now = inFlight?.state ?? state.toLowerCase();
  const isPaused = lifecycle?.paused === true && now !== 'paused';
  const underWay = inFlight?.steps.filter((step) => step.state === 'starting' || step.state === 'running') ?? [];
  const held = underWay.some(({ trouble }) => trouble !== undefined);
  // What the cloud has not taken does not run.
  const word = held && underWay.every(({ trouble }) => trouble !== undefined) ? 'retrying' : now;
  const text = [inFlight === null ? now : `${word} ${inFlight.percent} %`, ...(isPaused ? ['paused'] : [])].join(', ');
  return out.state(held ? 'waiting' : now, text);
}

function rpoCell({ rpoMissed, lifecycle }: LifecycleStatus, out: Output): Cell {
  if (rpoMissed === null) return '?';
  const missed = lifecycle?.untold ? 'missed, untold' : 'missed';
  return out.state(rpoMissed ? 'failed' : 'ok', rpoMissed ? missed : 'ok');
}

/** Why the one in flight does not get on; else why the latest is not complete. */
function reasonOf(status: LifecycleStatus): string | null {
  const { inFlight, waitsFor } = status;
  if (waitsFor !== null) return `waits for ${waitsFor}`;
  for (const { step, trouble, state, waitingFor, message } of inFlight?.steps ?? []) {
    if (trouble !== undefined)
      return `${trouble.attempts === null ? 'retried' : `try ${trouble.attempts + 1}`}: ${step}: ${trouble.message}`;
    if (state === 'waiting')
      return [`waits: ${step} for ${waitingFor ?? 'its turn'}`, ...(message === undefined ? [] : [message])].join(': ');
  }
  return latestOf(status)?.reason ?? null;
}

const whyOf = (reason: string | null) => (reason === null ? '' : shortReason(reason));
