import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { type FleetReport } from '../../core/report/fleetReport';
import { csvReport } from './csvReport';
import { reportPage } from './html/page';
import { junitReport } from './junitReport';

export const reportFormats = ['html', 'json', 'csv', 'junit'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** A report in one of its forms. @param timezone for people, of the IANA database */
export function reportText(report: FleetReport, format: ReportFormat, timezone: string): string {
  switch (format) {
    case 'html':
      return reportPage(report, { timezone });
    case 'json':
      return `${JSON.stringify(report, null, 1)}\n`;
    case 'csv':
      return csvReport(report);
    case 'junit':
      return junitReport(report);
  }
}

/** Whoever reads the file meanwhile reads the one of before, or this one: never half of it. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const half = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(half, text, { flag: 'wx' });
    await rename(half, file);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}
