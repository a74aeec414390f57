import { type FleetReport, type ReportedResource } from '../../../../core/report/fleetReport';
import { partsOfTemporal } from '../../../../core/report/look';
import { recoveryPointId, recoveryPointWorkflowId } from '../../../../core/naming';
import { pauseText } from '../../../../core/schedulePause';
import { resourcePath } from '../../../../core/resource';
import { timeLeftText } from '../../../../core/steps/timeLeft';
import { type TemporalUi } from '../../../temporalUi';
import { progress, timeline } from '../charts';
import { age, capped, link, number, stateTag, table, tag, type Times } from '../elements';
import { markup, type Html } from '../markup';
import { section } from './fleetSections';

const most = {
  underWay: 100,
  schedules: 50,
  timelines: 30,
  pointsOfTable: 12,
  drills: 50,
  stepsOfOne: 4,
  waits: 20,
  waitersOfOne: 5,
} as const;

/** An empty table says that nothing is there only where somebody has looked. */
function emptyText(
  { temporalAnswered, unreadable }: FleetReport,
  part: keyof typeof partsOfTemporal,
  nothing: string,
): string {
  if (!temporalAnswered) return 'Temporal did not answer, so nobody knows.';
  return unreadable.some(({ where }) => where === partsOfTemporal[part])
    ? 'It could not be read, so nobody knows.'
    : nothing;
}

export function underWay(report: FleetReport, times: Times, ui: TemporalUi | null): Html {
  const { underWay: all } = report;
  const shown = all.slice(0, most.underWay);
  return section('running', 'Running now', [
    table({
      caption: 'Recovery points that are being made',
      headings: [
        { title: 'Resource' },
        { title: 'Of' },
        { title: 'State' },
        { title: 'Progress' },
        { title: 'At', kind: 'text' },
      ],
      rows: shown.map(({ resource, scheduledTime, state, percent, expectedEnd, steps }, i) => [
        markup`${resource.id}<small>${resource.account}/${resource.region}</small>`,
        markup`${times.show(scheduledTime)}${ui === null ? null : markup`<small>${link(ui.workflow(recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime))), 'workflow', `Workflow of ${resource.id} in the Temporal UI`)}</small>`}`,
        tag(state === 'waiting' || state === 'paused' ? 'warning' : 'neutral', state),
        percent === null
          ? '–'
          : markup`${progress(`progress-${i}`, `Progress of ${resource.id}`, percent)}${percent} %${expectedEnd === null ? null : markup`<small>${timeLeftText(expectedEnd, Date.parse(report.generatedAt))}</small>`}`,
        markup`${steps.slice(0, most.stepsOfOne).map((step) => markup`<div>${times.within(step)}</div>`)}${steps.length > most.stepsOfOne ? markup`<small>and ${steps.length - most.stepsOfOne} more</small>` : null}`,
      ]),
      empty: emptyText(report, 'underWay', 'Nothing runs.'),
    }),
    capped(shown.length, all.length, 'farcopy status --limit 0 --json'),
    waits(all),
  ]);
}

/** Who waits for what; nothing where nobody waits. */
function waits(all: FleetReport['underWay']): Html | null {
  const waiting = new Map<string, string[]>();
  for (const { resource, waitsFor } of all)
    for (const what of new Set(waitsFor)) {
      const who = waiting.get(what) ?? [];
      waiting.set(what, who);
      who.push(resource.id);
    }
  if (waiting.size === 0) return null;
  const sorted = [...waiting].sort(([, a], [, b]) => b.length - a.length);
  const shown = sorted.slice(0, most.waits);
  return markup`${table({
    caption: 'What they wait for',
    headings: [{ title: 'For' }, { title: 'Wait', kind: 'number' }, { title: 'Who', kind: 'text' }],
    rows: shown.map(([what, who]) => [
      what,
      number(who.length),
      `${who.slice(0, most.waitersOfOne).join(', ')}${who.length > most.waitersOfOne ? ` and ${number(who.length - most.waitersOfOne)} more` : ''}`,
    ]),
    empty: '',
  })}${capped(shown.length, sorted.length, 'farcopy limits')}`;
}

export function schedules(report: FleetReport, times: Times): Html {
  const { schedules: all } = report;
  const shown = all.slice(0, most.schedules);
  return section('schedules', 'Schedules', [
    table({
      caption: 'When rounds and drills begin next',
      headings: [{ title: 'Schedule' }, { title: 'State' }, { title: 'Next' }, { title: 'Why', kind: 'text' }],
      rows: shown.map(({ scheduleId, tier, drill, exists, pause, next }) => [
        markup`${tier === null ? scheduleId : drill === null ? `tier ${tier}` : `drill ${drill}`}<small
            >${scheduleId}</small
          >`,
        exists ? (pause === null ? tag('good', '✓ fires') : tag('warning', '‖ paused')) : tag('bad', '✗ missing'),
        times.show(next[0] ?? null),
        pause === null ? '' : pauseText(pause, (time) => times.text(time)),
      ]),
      empty: emptyText(report, 'schedules', 'The fleet file asks for none.'),
    }),
    capped(shown.length, all.length, 'farcopy schedules --json'),
  ]);
}

/** Of the resources that stand worst: what lies where, and how drills of them went. */
export function timelines(report: FleetReport, times: Times): Html {
  const protectedOnes = report.resources.filter(({ tier }) => tier !== null);
  const shown = protectedOnes.slice(0, most.timelines);
  return section('timelines', 'Recovery points over time', [
    shown.length === 0
      ? markup`<p class="muted">No resource is in a tier.</p>`
      : markup`<p class="muted">
          ● a verified copy · ○ a copy that nothing proves · ▲ a drill that passed · ■ one that did not. The dashed line
          is the RPO before now.
        </p>`,
    ...shown.map((resource, i) => timelineOf(report, resource, i, times)),
    capped(shown.length, protectedOnes.length, `farcopy report --format json --out ${report.fleet}.json`),
  ]);
}

function timelineOf(report: FleetReport, resource: ReportedResource, i: number, times: Times): Html {
  const { name, points, places, rpoSeconds, state, path, account, region, kind, lastDrill } = resource;
  const vaults = places.map(({ place }) => place);
  const others = [...new Set(points.flatMap(({ verified, others: unproven }) => [...verified, ...unproven]))];
  const lanes = [...new Set([...others.filter((place) => !vaults.includes(place)), ...vaults])];
  const drills = report.drills
    .filter(
      ({ resource: of, verdict }) =>
        of !== null && resourcePath(of) === path && !['running', 'cancelled'].includes(verdict),
    )
    .map(({ startedAt, verdict }) => ({ at: startedAt, passed: verdict === 'passed' }));
  const drawn =
    points.length === 0
      ? markup`<p class="muted">No copy of it is known.</p>`
      : timeline(`timeline-${i}`, {
          ...{ name, points, places: lanes, drills, rpoSeconds },
          now: Date.parse(report.generatedAt),
          timeText: (time) => times.text(time),
        });
  const rows = points
    .slice(0, most.pointsOfTable)
    .map(({ scheduledTime, verified, others: unproven }) => [
      times.show(scheduledTime),
      ...lanes.map((lane) => (verified.includes(lane) ? '✓ verified' : unproven.includes(lane) ? '○ not proven' : '–')),
    ]);
  const pointsTable = table({
    caption: `Recovery points of ${name}`,
    headings: [{ title: 'Recovery point of' }, ...lanes.map((title) => ({ title }))],
    rows,
    empty: '',
  });
  return markup`<h3 id="resource-${i}">${name} ${stateTag(state)}</h3>
    <p class="muted">
      ${kind} ·
      ${account}/${region}${lastDrill === null ? ' · no drill is known' : markup` · last drill ${lastDrill.drill}: ${lastDrill.verdict}${lastDrill.rtoSeconds === null ? '' : `, RTO ${age(lastDrill.rtoSeconds)}`}, ${times.show(lastDrill.startedAt)}`}
    </p>
    ${drawn}
    ${rows.length === 0 ? null : markup`<details><summary>The newest ${rows.length} as a table</summary>${pointsTable}</details>`} `;
}

export function drills(report: FleetReport, times: Times): Html {
  const { drills: all, fleet } = report;
  const shown = all.slice(0, most.drills);
  return section('drills', 'Drills', [
    table({
      caption: 'Restores that were tried, the newest first',
      headings: [
        { title: 'Resource' },
        { title: 'Verdict' },
        { title: 'Measured RTO', kind: 'number' },
        { title: 'From', kind: 'short' },
        { title: 'Began', kind: 'short' },
        { title: 'Why', kind: 'text' },
      ],
      rows: shown.map(({ resource, tier, drill, verdict, rtoSeconds, from, startedAt, reason }) => [
        markup`${resource?.id ?? '–'}<small>drill ${drill} of tier ${tier}</small>`,
        verdictTag(verdict),
        rtoSeconds === null ? '–' : age(rtoSeconds),
        from ?? '–',
        times.show(startedAt),
        times.within(reason ?? ''),
      ]),
      empty: emptyText(report, 'drills', 'No drill is known: nobody has tried to bring anything back.'),
    }),
    capped(shown.length, all.length, `farcopy report --format json --out ${fleet}.json`),
  ]);
}

function verdictTag(verdict: string): Html {
  if (verdict === 'passed') return tag('good', '✓ passed');
  return ['running', 'cancelled'].includes(verdict) ? tag('neutral', verdict) : tag('bad', `✗ ${verdict}`);
}

/** How far back the page can see. */
export function reach({ history }: FleetReport, times: Times): Html {
  if (history === null)
    return markup`<p>Temporal did not answer. What is shown of the past is what copies in the clouds tell.</p>`;
  const { source, reachesBackTo } = history;
  if (source === 'ledger')
    return markup`<p>
      The ledger reaches back to ${reachesBackTo === null ? 'no entry yet' : reachesBackTo}. Copies that retention has
      deleted are known from there alone.
    </p>`;
  return markup`<p>
    The fleet has no ledger (<code>state</code> in the fleet file). Drills are known as far as Temporal
    remembers${reachesBackTo === null ? '' : markup`, back to ${times.show(reachesBackTo)}`}; copies that were deleted
    leave no trace, and how well each RPO was kept cannot be told.
  </p>`;
}
