import { type FleetFinding } from '../../../../core/report/finding';
import { type FleetReport, type ReportedResource, type ResourceState } from '../../../../core/report/fleetReport';
import { type PlaceFreshness } from '../../../../core/report/freshness';
import { resourcePath } from '../../../../core/resource';
import { timeLeftText } from '../../../../core/steps/timeLeft';
import { type TemporalUi } from '../../../temporalUi';
import { strip } from '../charts';
import {
  age,
  capped,
  type Heading,
  link,
  number,
  severityTag,
  stateTag,
  table,
  tag,
  type Times,
  toneOf,
  wordOf,
} from '../elements';
import { markup, type Html } from '../markup';

/** Rows of a page: whoever wants more reads the JSON or the CSV. */
const most = { violations: 12, findings: 200, grid: 300 } as const;

const shownStates: readonly ResourceState[] = [
  ...(['missed', 'never', 'unknown', 'waiting', 'met', 'at-rest', 'no-tier'] as const),
];

/** A section of a page; its id stands in the address of a link. */
export function section(id: string, title: string, content: readonly (Html | null)[]): Html {
  return markup`<section id="${id}" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${title}</h2>
    ${content}
  </section> `;
}

/** What the report could not see: on top of everything, since the rest must not be taken for all. */
export function notWhole({ unreadable, temporalAnswered }: FleetReport): Html | null {
  if (unreadable.length === 0) return null;
  const temporal = temporalAnswered
    ? null
    : markup`<p>Temporal did not answer: what runs, which schedules are paused, and drills are not known.</p>`;
  return markup`<div class="alert" role="region" aria-labelledby="not-whole">
    <h2 id="not-whole">✗ This report is not whole</h2>
    ${temporal}
    <p>${number(unreadable.length)} could not be read; the rest stands:</p>
    <ul class="plain">
      ${unreadable.slice(0, most.violations).map(({ where, message }) => markup`<li><strong>${where}</strong>: ${message}</li>`)}
    </ul>
    ${capped(Math.min(unreadable.length, most.violations), unreadable.length, 'farcopy findings --json')}
  </div> `;
}

/** A figure that is nought as a rule stands there only where it is not. */
const ifAny = (value: number, word: string, tone: string): readonly (readonly [number, string, string])[] =>
  value > 0 ? [[value, word, tone]] : [];

export function glance(report: FleetReport, times: Times): Html {
  const { glance: all, tiers, findings, isWhole } = report;
  // Where something is unread or unknown, nothing is green: what nobody has seen may be broken.
  const good = isWhole ? 'good' : '';
  const { states } = all;
  const violations = findings.filter(isViolation);
  const shown = onTop(violations);
  const broken = states.missed + states.never;
  const cards: readonly (readonly [value: number, word: string, tone: string])[] = [
    [broken, broken === 1 ? 'resource misses its RPO' : 'resources miss their RPO', broken > 0 ? 'bad' : good],
    [states.met + states['at-rest'], 'resources meet it', good],
    ...ifAny(states.unknown, 'not known', 'warning'),
    ...ifAny(states.waiting, 'wait for their first copy', ''),
    ...ifAny(all.paused, 'paused', 'warning'),
    [
      all.findings.critical + all.findings.high,
      'critical and high findings',
      all.findings.critical + all.findings.high > 0 ? 'bad' : good,
    ],
    // Nobody knows it where Temporal did not answer.
    ...(report.temporalAnswered ? [[all.underWay, 'under way', ''] as const] : []),
    [all.verifiedCopies, 'verified copies', ''],
  ];
  const shares = shownStates.map((state) => ({ tone: toneOf(state), word: wordOf(state), count: states[state] }));
  return section('glance', 'At a glance', [
    strip('states', 'Resources by their state', shares),
    violations.length === 0
      ? markup`<p>
          ${
            isWhole
              ? markup`${tag('good', '✓ no violation')} No place misses an RPO, and no stock is exceeded.`
              : markup`${tag('warning', '? not known')} No violation was seen, but not everything could be seen, or nothing is protected.`
          }
        </p>`
      : table({
          caption: 'Violations, the worst first',
          headings: findingHeadings,
          rows: shown.map((group) => violationRow(report, group, times)),
          empty: '',
        }),
    capped(shown.flat().length, violations.length, 'farcopy findings --limit 0'),
    markup`<ul class="cards">
      ${cards.map(([value, word, tone]) => markup`<li class="${tone}"><strong>${number(value)}</strong>${word}</li>`)}
    </ul>`,
    table({
      caption: 'How many resources have a verified copy within their RPO, by tier and place',
      headings: [
        { title: 'Tier' },
        { title: 'Place' },
        { title: 'RPO' },
        { title: 'Within it', kind: 'number' },
        { title: 'Oldest newest copy' },
      ],
      rows: tiers.flatMap(({ tier, rpoSeconds, places }) =>
        places.map(({ place, met, unknown, waiting, of, oldestSeconds }) => [
          tier,
          place,
          age(rpoSeconds),
          of === 0
            ? 'no resource'
            : met === of
              ? tag(isWhole ? 'good' : 'neutral', `✓ ${number(met)} of ${number(of)}`)
              : met + unknown + waiting === of
                ? tag('warning', `? ${number(met)} of ${number(of)}`)
                : tag('bad', `✗ ${number(met)} of ${number(of)}`),
          oldestSeconds === null ? (of === 0 ? '–' : 'one has none') : age(oldestSeconds),
        ]),
      ),
      empty: 'The fleet file has no tier.',
    }),
  ]);
}

/** What is wrong or risky, but for the violations that stand on top. */
export function findingsSection({ findings }: FleetReport, times: Times): Html {
  const before = onTop(findings.filter(isViolation)).flat().length;
  const rest = findings.slice(before);
  const shown = rest.slice(0, most.findings);
  return section('findings', 'Findings', [
    table({
      caption:
        before === 0 ? 'What is wrong or risky, the worst first' : 'What else is wrong or risky, the worst first',
      headings: findingHeadings,
      rows: shown.map((one) => findingRow(one, times)),
      empty: `Nothing ${before === 0 ? '' : 'else '}is wrong or risky, as far as it could be seen.`,
    }),
    capped(shown.length, rest.length, 'farcopy findings --limit 0'),
  ]);
}

const isViolation = ({ severity }: FleetFinding) => severity === 'critical';

/** The worst violations; those of one resource that say the same of several places are one. */
function onTop(violations: readonly FleetFinding[]): FleetFinding[][] {
  const groups: FleetFinding[][] = [];
  for (const one of violations) {
    const [like] = groups.at(-1) ?? [];
    if (like !== undefined && like.subject.resource !== null && isSame(like, one)) groups.at(-1)?.push(one);
    else if (groups.length < most.violations) groups.push([one]);
    else break;
  }
  return groups;
}

const isSame = (a: FleetFinding, b: FleetFinding) =>
  a.subject.resource === b.subject.resource && a.check === b.check && a.message === b.message && a.mend === b.mend;

const findingHeadings: readonly Heading[] = [{ title: 'What' }, { title: 'Trouble, and what to do', kind: 'text' }];

function findingRow(
  { subject, severity, check, message, mend, more }: FleetFinding,
  times: Times,
  { name = subject.name, now = null }: { readonly name?: string; readonly now?: Html | null } = {},
): readonly Html[] {
  return [
    markup`${severityTag(severity)}<div>${name}</div><small>${check}</small>`,
    markup`${times.within(message)}<div>→ ${commands(mend)}</div>${now}<small>${more}</small>`,
  ];
}

function violationRow(report: FleetReport, [first, ...others]: readonly FleetFinding[], times: Times): readonly Html[] {
  if (first === undefined) return [];
  const name = [first.subject.name, ...others.map(({ subject }) => subject.place ?? '')].join(', ');
  return findingRow(first, times, { name, now: nowOf(report, first) });
}

/** Whether somebody is about it already: what is being made for a resource that misses its RPO. */
function nowOf({ underWay, generatedAt }: FleetReport, { subject }: FleetFinding): Html | null {
  const one = underWay.find(({ resource }) => resourcePath(resource) === subject.resource);
  if (one === undefined) return null;
  const { state, percent, expectedEnd, waitsFor } = one;
  const left = expectedEnd === null ? null : timeLeftText(expectedEnd, Date.parse(generatedAt));
  const how = [percent === null ? null : `${percent} %`, left, ...waitsFor.map((what) => `waits for ${what}`)];
  return markup`<div><a href="#running">A recovery point is ${state}</a>${how.flatMap((text) => (text === null ? [] : [`, ${text}`]))}</div>`;
}

/** Every resource with every place: the age of its newest verified copy, against its RPO. */
export function grid(report: FleetReport, times: Times, ui: TemporalUi | null): Html {
  const { resources } = report;
  const places = [...new Set(report.tiers.flatMap(({ places: all }) => all.map(({ place }) => place)))];
  const shown = resources.slice(0, most.grid);
  const anyCompliance = resources.some(({ compliance }) => compliance !== null);
  return section('places', 'Resources and places', [
    table({
      caption: 'Age of the newest verified copy in each place, reckoned from its scheduled time; the worst first',
      headings: [
        { title: 'Resource' },
        { title: 'RPO', kind: 'short' },
        ...places.map((title) => ({ title })),
        { title: 'Tier' },
        ...(anyCompliance ? [{ title: 'Met in 30 days', kind: 'number' as const }] : []),
      ],
      rows: shown.map((resource) => [
        markup`${resource.id}<div>${stateTag(resource.state)}${resource.paused ? tag('warning', '‖ paused') : null}</div><small>${resource.kind} · ${resource.account}/${resource.region}${ui === null ? null : markup` · ${link(ui.ofResource(resource), 'workflows', `Workflows of ${resource.name} in the Temporal UI`)}`}</small>`,
        resource.rpoSeconds === null ? '–' : age(resource.rpoSeconds),
        ...places.map((place) => placeCell(resource, place, times)),
        markup`${resource.tier ?? '–'}<small>${resource.why}</small>`,
        ...(anyCompliance ? [share(resource)] : []),
      ]),
      empty: 'No resource could be seen.',
    }),
    capped(shown.length, resources.length, `farcopy report --format csv --out ${report.fleet}.csv`),
  ]);
}

function placeCell({ places }: ReportedResource, name: string, times: Times): Html {
  const place = places.find((one) => one.place === name);
  if (place === undefined) return markup`<span class="muted">–</span>`;
  return markup`${ageTag(place)}${place.newest === null ? null : markup`<small>${times.show(place.newest)}</small>`}`;
}

function ageTag({ state, ageSeconds }: PlaceFreshness): Html {
  return ageSeconds === null ? stateTag(state) : stateTag(state, age(ageSeconds));
}

function share({ compliance }: ReportedResource): string {
  if (compliance === null || compliance.share === null) return '–';
  return `${(Math.floor(compliance.share * 10_000) / 100).toFixed(2)} %`;
}

/** A text in which what stands between backticks is code. */
export function commands(text: string): readonly (Html | string)[] {
  return text.split('`').map((piece, i) => (i % 2 === 1 ? markup`<code>${piece}</code>` : piece));
}
