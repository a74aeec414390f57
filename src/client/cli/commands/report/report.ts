import { Option } from 'commander';
import { type Fleet } from '../../../../config';
import { messageOf } from '../../../../core/failure';
import { fleetReport } from '../../../../core/report/fleetReport';
import { printableJson } from '../../../../core/plainText';
import { lookAtFleet } from '../../../report/lookAtFleet';
import { temporalUi } from '../../../temporalUi';
import { loadPrices } from '../../../report/priceTable';
import { fileToReplace, formatOf, type ReportFormat, reportFormats, reportText } from '../../../report/writeReport';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodes } from '../../exitCodes';
import { openIndex, tellIndex } from '../catalogue/openIndex';
import { isBlind, lookExitCode, tellUnreadable } from './lookExitCode';

interface ReportOptions {
  readonly out?: string;
  readonly format?: ReportFormat;
  readonly prices?: string;
  readonly index?: boolean;
}

const stdout = '-';

export const addReport: AddCommand = (program, host) => {
  program
    .command('report')
    .summary('write how the fleet stands: a page, JSON, CSV or JUnit')
    .description(
      'Writes how the fleet stands now: violations first, every resource with the age of its newest verified copy in each place ' +
        'against its RPO, what runs, recovery points over time, drills with their measured RTO, findings, what retention lets ' +
        'go, stocks, and what it would cost. The page is one file without a script: it loads nothing and can be sent to ' +
        'anybody. What cannot be read is told on top, and the rest stands.',
    )
    .option('--out <file>', 'where to write it; - writes it to stdout; default: FLEET.html')
    .addOption(
      new Option('--format <format>', 'html, json, csv or junit; the ending of the file tells unless given').choices(
        reportFormats,
      ),
    )
    .option('--index', 'take the copies from the index of the catalogue, as old as it is; for html and json')
    .option('--prices <file>', 'a price table to reckon by (docs/report.md)')
    .addHelpText(
      'after',
      `
Examples:
  farcopy report --out report.html
  farcopy report --out panda.csv
  farcopy report --format json --out - | jq '.glance.states'
  farcopy report --format junit --out junit.xml

Exit code: 3 when something could not be read; the report is written all the same. 4 when the file cannot be written, or all of the clouds
refused, 5 when nothing answered: a file stays as it was then.`,
    )
    .action(
      actionOf<ReportOptions, []>(
        host,
        async (context, { out: named, format: asked, prices: priceFile, index: isIndexed = false }) => {
          const { fleet, clouds, signal, out, terminal } = context;
          const file = named ?? `${fleet.name}.html`;
          const format = asked ?? (file === stdout ? 'html' : formatOf(file));
          if (format === null)
            throw new CommandFailure(
              `report: the ending of ${file} tells of no format`,
              exitCodes.usage,
              'pass --format, or an ending: .html, .json, .csv, .xml (JUnit)',
            );
          if (file === stdout && out.json)
            throw new CommandFailure(
              'report: --json tells how the writing went, and --out - writes the report itself to stdout',
              exitCodes.usage,
              'give one of the two; `--format json --out -` writes the report as JSON',
            );
          if (isIndexed && (format === 'csv' || format === 'junit'))
            throw new CommandFailure(
              `report: ${format} goes without --index: it has no place to say how old the copies are`,
              exitCodes.usage,
              'leave --index out, or write html or json',
            );
          const prices = loadPrices(priceFile);
          const ui = temporalUi();
          const notWritten = (error: unknown) => {
            throw new CommandFailure(
              `${file} cannot be written: ${messageOf(error)}`,
              exitCodes.failed,
              'is there such a folder, and may you write into it?',
            );
          };
          const replace = file === stdout ? null : await fileToReplace(file).catch(notWritten);
          const index = isIndexed ? await openIndex(context) : null;
          const look = await lookAtFleet(fleet, clouds, () => context.temporal(), {
            now: terminal.now(),
            signal,
            index,
          });
          const report = fleetReport(look, prices);
          const text = reportText(report, format, { timezone: zoneOf(fleet), temporalUi: ui });
          const isWritten = replace === null || !isBlind(look);
          if (replace === null) for (const part of text) out.raw(format === 'json' ? printableJson(part) : part);
          else if (isWritten) await replace(text).catch(notWritten);
          else out.note(`${file} is not written: nothing of the clouds could be read`);
          tellIndex(out, look.index);
          tellUnreadable(look, out);
          const { glance, generatedAt, unreadable } = report;
          const { missed, never, unknown } = glance.states;
          if (replace !== null && isWritten)
            out.line(
              `${file}: ${glance.resources} resources, ${missed + never} miss their RPO, ${unknown === 0 ? '' : `${unknown} are not known, `}${report.findings.length} findings`,
            );
          const exitCode = lookExitCode(look);
          out.document(exitCode === exitCodes.ok, {
            ...{ fleet: fleet.name, file, format, isWritten, generatedAt, glance, unreadable },
            ...(isIndexed ? { index: report.index ?? null } : {}),
          });
          return exitCode;
        },
      ),
    );
};

/** The zone that most tiers keep: people of the fleet live there. */
export function zoneOf({ tiers }: Pick<Fleet, 'tiers'>): string {
  const counts = new Map<string, number>();
  for (const { timezone } of tiers) counts.set(timezone, (counts.get(timezone) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? 'UTC';
}
