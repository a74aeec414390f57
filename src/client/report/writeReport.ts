import { randomBytes } from 'node:crypto';
import { access, chmod, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type FleetReport } from '../../core/report/fleetReport';
import { csvReport } from './csvReport';
import { type PageOptions, reportPage } from './html/page';
import { junitReport } from './junitReport';

export const reportFormats = ['html', 'json', 'csv', 'junit'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** A report in one of its forms. @param page for people */
export function reportText(report: FleetReport, format: ReportFormat, page: PageOptions): string {
  switch (format) {
    case 'html':
      return reportPage(report, page);
    case 'json':
      return `${JSON.stringify(report, null, 1)}\n`;
    case 'csv':
      return csvReport(report);
    case 'junit':
      return junitReport(report);
  }
}

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
export async function fileToReplace(named: string): Promise<(text: string) => Promise<void>> {
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

async function replaceFile(file: string, text: string, mode: number | undefined): Promise<void> {
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
