import { randomBytes } from 'node:crypto';
import { access, chmod, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type FleetReport } from '../../core/report/fleetReport';
import { csvReport } from './csvReport';
import { type PageOptions, reportPage } from './html/page';
import { junitReport } from './junitReport';

export const reportFormats = ['html', 'json', 'csv', 'junit'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** A report in one of its forms, part by part: one of a large fleet is no single text. @param page for people */
export function* reportText(report: FleetReport, format: ReportFormat, page: PageOptions): Generator<string> {
  switch (format) {
    case 'html':
      yield reportPage(report, page);
      return;
    case 'json':
      yield* jsonParts(report);
      yield '\n';
      return;
    case 'csv':
      yield csvReport(report);
      return;
    case 'junit':
      yield junitReport(report);
  }
}

/** JSON with a line for each field, and for each entry of a list. */
function* jsonParts(value: object): Generator<string> {
  let before = '{';
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    if (field === undefined) continue;
    yield `${before}\n ${JSON.stringify(name)}: `;
    before = ',';
    if (Array.isArray(field)) yield* listParts(field);
    else if (typeof field === 'object' && field !== null) yield* jsonParts(field);
    else yield JSON.stringify(field);
  }
  yield before === '{' ? '{}' : '\n}';
}

function* listParts(list: readonly unknown[]): Generator<string> {
  for (let i = 0; i < list.length; i += entriesAtOnce) {
    const entries = list.slice(i, i + entriesAtOnce).map((entry) => JSON.stringify(entry) ?? 'null');
    yield `${i === 0 ? '[' : ','}\n  ${entries.join(',\n  ')}`;
  }
  yield list.length === 0 ? '[]' : ']';
}

const entriesAtOnce = 200;

/** By the ending of a file's name; null: it tells of none. */
export function formatOf(file: string): ReportFormat | null {
  const endings: Readonly<Record<string, ReportFormat>> = {
    ...{ '.html': 'html', '.htm': 'html', '.json': 'json', '.csv': 'csv', '.xml': 'junit' },
  };
  return endings[path.extname(file).toLowerCase()] ?? null;
}

/**
 * Looks whether a file can be written, before anybody waits for what is to stand in it. A link is followed, and its target replaced with the mode that it
 * has; what is no file, as a device or a pipe, is written to and stays what it is.
 *
 * @returns replaces the file: whoever reads it meanwhile reads the one of before, or this one, never half of it
 * @throws where it cannot be written
 */
export async function fileToReplace(named: string): Promise<(text: Iterable<string>) => Promise<void>> {
  const there = await orNull(stat(named));
  if (there?.isDirectory() === true) throw new Error('it is a folder');
  if (there !== null && !there.isFile()) {
    await access(named, constants.W_OK);
    return (text) => writeFile(named, text);
  }
  const file = there === null ? named : await realpath(named);
  const folder = path.dirname(file);
  if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no folder`);
  await access(folder, constants.W_OK);
  return (text) => replaceFile(file, text, there?.mode);
}

async function replaceFile(file: string, text: Iterable<string>, mode: number | undefined): Promise<void> {
  const half = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(half, text, { flag: 'wx', ...(mode === undefined ? {} : { mode: 0o600 }) });
    if (mode !== undefined) await chmod(half, mode & 0o7777);
    await rename(half, file);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

async function orNull<T>(looked: Promise<T>): Promise<T | null> {
  try {
    return await looked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
