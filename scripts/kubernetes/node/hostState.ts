import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Folders outside the test's own that a kubelet makes for itself. */
const folders = ['/var/lib/kubelet', '/var/log/containers'];

/** The group that a kubelet puts pods into. Others' groups come and go meanwhile. */
const podGroup = 'kubepods';
const cgroups = '/sys/fs/cgroup';

/** What a node changes of its machine: it is put back. */
export class HostState {
  private readonly values = new Map(settings.filter((file) => existsSync(file)).map((file) => [file, read(file)]));
  private readonly missing = folders.filter((folder) => !existsSync(folder));
  private readonly groups = new Set(cgroupFolders());

  /** @param own the test's own folder, below which nothing may stay mounted */
  constructor(private readonly own: string) {}

  /** Puts back what it can, and tells what it cannot. */
  async restore(): Promise<string[]> {
    // Innermost first.
    for (const mount of mountsBelow(this.own).reverse()) await ran('umount', ['--lazy', mount]);
    for (const [file, value] of this.values) if (read(file) !== value) writeFileSync(file, value);
    for (const folder of this.missing) rmSync(folder, { recursive: true, force: true });
    for (const folder of cgroupFolders()) if (!this.groups.has(folder)) removeCgroup(folder);
    return this.changes();
  }

  /** What is not as it was, one sentence each. */
  private changes(): string[] {
    return [
      ...[...this.values].filter(([file, value]) => read(file) !== value).map(([file]) => `${file} is ${read(file)}`),
      ...this.missing.filter((folder) => existsSync(folder)).map((folder) => `${folder} is left`),
      ...cgroupFolders()
        .filter((folder) => !this.groups.has(folder))
        .map((folder) => `${folder} is left`),
      ...mountsBelow(this.own).map((mount) => `${mount} is mounted`),
    ];
  }
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
