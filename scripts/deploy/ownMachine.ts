import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { type Seeded } from '../../sandbox/cli/seedSandbox';
import { packageFile } from '../../sandbox/provision/packageFile';
import { demand } from './image';
import { emulatedClouds, type Project } from './project';

const projectName = 'farcopy-test-machine';
const healthyWithinSeconds = 120;

/** compose.yaml of docs/deploy.md, which is for one machine without emulators, as it stands there. */
export class OwnMachine {
  private folder: string | null = null;
  private workers: readonly string[] = [];
  private image = '';

  constructor(
    private readonly project: Project,
    private readonly seeded: Seeded,
  ) {}

  /** @returns what there is to tell. */
  async start(): Promise<string[]> {
    this.folder = await mkdtemp(path.join(os.tmpdir(), 'farcopy-machine-'));
    const page = await readFile(packageFile('docs', 'deploy.md'), 'utf8');
    const [, text = ''] = /^```yaml\n(x-farcopy:.*?)^```/ms.exec(page) ?? [];
    const { services } = parse(text, { merge: true }) as {
      services: Record<string, { image: string; deploy?: { replicas?: number } }>;
    };
    this.image = services.worker?.image ?? '';
    await this.project.docker('tag', 'farcopy', this.image);
    this.workers = Object.keys(services).filter((name) => name !== 'command');
    const count = this.workers.reduce((sum, name) => sum + (services[name]?.deploy?.replicas ?? 1), 0);
    const variables = { TEMPORAL_ADDRESS: 'temporal:7233', ...emulatedClouds(this.seeded) };
    await this.write('compose.yaml', text);
    await this.write('fleet.yaml', await this.project.fleetFile(), 0o644);
    await this.write(
      'farcopy.env',
      Object.entries(variables)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    // Only where the emulators are.
    await this.write(
      'network.json',
      JSON.stringify({ networks: { default: { external: true, name: this.project.network } } }),
    );
    await this.compose('up', '--detach');
    const until = Date.now() + healthyWithinSeconds * 1000;
    for (;;) {
      const ids = (await this.compose('ps', '--quiet', ...this.workers)).split('\n').filter((id) => id !== '');
      const states = await Promise.all(ids.map((id) => this.project.container(id)));
      if (states.length === count && states.every(({ health }) => health === 'healthy')) return [`${count} workers`];
      demand(Date.now() < until, `after ${healthyWithinSeconds} s: ${states.map(({ health }) => health).join(', ')}`);
      await delay(1_000);
    }
  }

  async command(...words: readonly string[]): Promise<string> {
    return this.compose('run', '--rm', '-T', 'command', ...words);
  }

  async close(): Promise<void> {
    if (this.folder === null) return;
    await this.compose('down', '--volumes').catch(() => {});
    await this.project.docker('image', 'rm', this.image).catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }

  private async write(name: string, text: string, mode = 0o600): Promise<void> {
    await writeFile(path.join(this.folder ?? '', name), text, { mode });
  }

  private async compose(...words: readonly string[]): Promise<string> {
    const files = ['compose.yaml', 'network.json'].flatMap((name) => ['--file', path.join(this.folder ?? '', name)]);
    return this.project.docker('compose', ...files, '--project-name', projectName, '--ansi', 'never', ...words);
  }
}
