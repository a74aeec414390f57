import { createHash } from 'node:crypto';
import { formatDuration } from '../../../core/duration';
import { version } from '../../../core/version';
import { ageText } from '../../../core/report/fleetFindings';
import { type FleetReport } from '../../../core/report/fleetReport';
import { type TemporalUi } from '../../temporalUi';
import { number, Times } from './elements';
import { Html, markup } from './markup';
import { findingsSection, glance, grid, notWhole } from './sections/fleetSections';
import { cost, nextCommands, retention, stocks } from './sections/keepingSections';
import { drills, reach, schedules, timelines, underWay } from './sections/workSections';
import { styleSheet } from './styles';

const styleHash = createHash('sha256').update(styleSheet).digest('base64');

/** Nothing is loaded, run or sent, whatever stands in a page: the one style sheet alone is let in, by its hash. */
export const contentPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

const sections: readonly (readonly [id: string, title: string])[] = [
  ['glance', 'At a glance'],
  ['findings', 'Findings'],
  ['places', 'Resources and places'],
  ['running', 'Running now'],
  ['schedules', 'Schedules'],
  ['timelines', 'Recovery points'],
  ['drills', 'Drills'],
  ['retention', 'Retention'],
  ['stock', 'Stock'],
  ['cost', 'Cost'],
  ['commands', 'Commands'],
];

/** Where a console serves the page so that it stays as it is. */
export const stillPath = '/still';

/** How a console shows a page to somebody. */
export interface Showing {
  /** After so long their browser asks for it again; null: never. */
  readonly refreshSeconds: number | null;
  /** How long ago the look began that it shows. */
  readonly ageSeconds: number;
  /** When a later look failed (epoch milliseconds); null: none has. */
  readonly failedAt: number | null;
}

export interface PageOptions {
  /** Of the IANA database. */
  readonly timezone: string;
  /** Of a console; left out: the page is a file. */
  readonly showing?: Showing;
  /** Where links lead; null, as by default: nobody has said where the Temporal UI is, and there are none. */
  readonly temporalUi?: TemporalUi | null;
}

/** A report as one page that needs nothing else: no script, no network, no other file. */
export function reportPage(report: FleetReport, { timezone, showing, temporalUi: ui = null }: PageOptions): string {
  const times = new Times(timezone);
  const { fleet, generatedAt, clockAheadSeconds, index } = report;
  const clock = clockAheadSeconds === null ? ', by the clock of the machine that made this: AWS told no time' : '';
  const age =
    index === undefined
      ? null
      : markup` <strong>Copies are those of the index of ${times.show(index.at)}, ${ageText(index.ageSeconds)} old:</strong> what was made or deleted since is not in it. <code>farcopy report</code> without <code>--index</code> asks the clouds.`;
  const head = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${new Html(contentPolicy)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${verdictSign(report)} ${fleet}: ${times.text(generatedAt)}</title><style>${new Html(styleSheet)}</style></head>`;
  const body = markup`<body><header><h1>Fleet ${fleet}</h1>
<p>As it was ${times.show(generatedAt)}${clock}, when the reading began${ageOf(showing)}. Times are in ${timezone}${timezone === 'UTC' ? '' : ', with UTC beside them'}.${age}</p>${following(showing)}</header>
<nav aria-label="Sections"><ul>${sections.map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>${nothingNewer(showing, times)}${notWhole(report)}${glance(report, times)}${findingsSection(report, times)}${grid(report, times, ui)}${underWay(report, times, ui)}${schedules(report, times)}${timelines(report, times)}${drills(report, times)}${retention(report, times)}${stocks(report)}${cost(report)}${nextCommands(report)}</main>
<footer>${reach(report, times)}<p>Farcopy ${version}. Where a table ends early, its last line names the command that has all.</p></footer></body></html>`;
  return `${head.text}\n${body.text}\n`;
}

/** What is read of a page among many tabs: whether something is wrong comes before whose it is. */
function verdictSign({ glance: { states }, findings, isWhole }: FleetReport): string {
  const broken = states.missed + states.never;
  if (broken > 0) return `✗ ${number(broken)}`;
  if (findings.some(({ severity }) => severity === 'critical')) return '✗';
  return isWhole ? '✓' : '?';
}

/** Whoever watches takes what they see for the present. */
function ageOf(showing: Showing | undefined): Html | null {
  if (showing === undefined || showing.ageSeconds < 60) return null;
  return markup`, <strong>${ageText(showing.ageSeconds)} ago</strong>`;
}

/** A page that moves by itself can be stopped by whoever reads it. */
function following(showing: Showing | undefined): Html | null {
  if (showing === undefined) return null;
  const { refreshSeconds } = showing;
  return refreshSeconds === null
    ? markup`<p>This page stays as it was. <a href="/">Follow the fleet</a></p>`
    : markup`<p>This page follows the fleet: it loads itself anew every ${formatDuration(refreshSeconds)}. <a href="${stillPath}">Hold it still</a></p>`;
}

function nothingNewer(showing: Showing | undefined, times: Times): Html | null {
  if (showing === undefined || showing.failedAt === null) return null;
  return markup`<div class="alert" role="region" aria-labelledby="nothing-newer">
    <h2 id="nothing-newer">✗ Nothing newer is known</h2>
    <p>A look failed at ${times.show(new Date(showing.failedAt).toISOString())}; what follows was seen before. The
      terminal of <code>farcopy console</code> says why.</p>
  </div> `;
}
