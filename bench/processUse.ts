import { readFileSync } from 'node:fs';

/** What a process has used so far. Linux only; null elsewhere, and once it has ended. */
export function processUse(pid: number | undefined): { cpuSeconds: number; peakMiB: number } | null {
  try {
    const [, peak = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    // Ticks of user and system mode, of which Linux counts a hundred a second.
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMiB: Number(peak) / 1024 };
  } catch {
    return null;
  }
}
