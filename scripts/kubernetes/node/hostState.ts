import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ran } from '../command';

/** Kernel settings that a kubelet changes. */
const settings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'net/ipv4/ip_forward',
].map((name) => join('/proc/sys', name));

/** The group that a kubelet puts pods into. Others' groups come and go meanwhile. */
const podGroup = 'kubepods';
const cgroups = '/sys/fs/cgroup';

/** What a node changes of its machine, beyond the network and the mounts, which are its own: it is put back. */
export class HostState {
  private readonly values = new Map(settings.filter((file) => existsSync(file)).map((file) => [file, read(file)]));
  private readonly groups = new Set(cgroupFolders());

  /** @param own the test's own folder, below which nothing may stay mounted */
  constructor(private readonly own: string) {}

  /** Puts back what it can, and tells what it cannot, one sentence each, and what it has looked at. */
  async restore(): Promise<{ readonly left: readonly string[]; readonly seen: string }> {
    // What was killed takes a moment.
    for (let tries = 0; tries < 50 && processesHere().length > 0; tries++) await delay(100);
    // Innermost first.
    for (const mount of mountsBelow(this.own).reverse()) await ran('umount', ['--lazy', mount]);
    const changed = [...this.values].filter(([file, value]) => read(file) !== value);
    for (const [file, value] of changed) writeFileSync(file, value);
    for (const folder of cgroupFolders()) if (!this.groups.has(folder)) removeCgroup(folder);
    const left = [
      ...[...this.values].filter(([file, value]) => read(file) !== value).map(([file]) => `${file} is ${read(file)}`),
      ...cgroupFolders()
        .filter((folder) => !this.groups.has(folder))
        .map((folder) => `${folder} is left`),
      ...mountsBelow(this.own).map((mount) => `${mount} is mounted`),
      ...processesHere().map((process) => `${process} runs`),
    ];
    const putBack = changed.map(([file]) => file.slice('/proc/sys/'.length)).join(', ') || 'none';
    const seen =
      `${this.values.size} kernel settings (put back: ${putBack}), no group ${podGroup}, no process, no mount; ` +
      `interfaces and firewall were those of a network of its own`;
    return { left, seen };
  }
}

/** Processes in this process's own network but itself, by id and command line. */
function processesHere(): string[] {
  const own = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        if (readlinkSync(`/proc/${name}/ns/net`) !== own) return [];
        return [`process ${name}, ${readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()},`];
      } catch {
        return [];
      }
    });
}

function read(file: string): string {
  return readFileSync(file, 'utf8').trim();
}

function mountsBelow(folder: string): string[] {
  return read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`));
}

/** The pods' group of every controller, or of the one hierarchy. */
function cgroupFolders(): string[] {
  const parents = existsSync(cgroups) ? ['', ...readdirSync(cgroups)] : [];
  return parents.map((controller) => join(cgroups, controller, podGroup)).filter((folder) => existsSync(folder));
}

function removeCgroup(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const inner = join(folder, name);
      if (statSync(inner).isDirectory()) removeCgroup(inner);
    }
    rmdirSync(folder);
  } catch {
    // Told as left.
  }
}
