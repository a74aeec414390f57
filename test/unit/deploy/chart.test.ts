import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { workerQueues } from '../../../src/worker/workerQueues';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

const root = path.resolve(__dirname, '../../..');
const chart = path.join(root, 'deploy/helm/farcopy');
const read = (...names: string[]) => readFileSync(path.join(chart, ...names), 'utf8');
const values = parse(read('values.yaml')) as Record<string, unknown>;
const schema = JSON.parse(read('values.schema.json')) as Schema & { definitions: Readonly<Record<string, Schema>> };
/** What has no default, or is Helm's own. */
const withoutDefault = ['temporal.address'];
const ofHelm = ['global'];

function resolved(found: Schema): Schema {
  const name = found.$ref?.replace('#/definitions/', '');
  return name === undefined ? found : (schema.definitions[name] ?? {});
}

/** Paths of what a person may set: `workers.fleet.replicas`. */
function leavesOf(found: Schema, prefix = ''): string[] {
  return Object.entries(resolved(found).properties ?? {}).flatMap(([name, child]) => {
    const at = `${prefix}${name}`;
    return resolved(child).properties === undefined || at.endsWith('.resources') ? [at] : leavesOf(child, `${at}.`);
  });
}

/** The default at a path; undefined where there is none. */
function defaultAt(at: string): unknown {
  return at.split('.').reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], values);
}

function defaultsOf(found: unknown, known: readonly string[], prefix = ''): string[] {
  return Object.entries(found as object).flatMap(([name, child]) => {
    const at = `${prefix}${name}`;
    const isLeaf = known.includes(at) || typeof child !== 'object' || child === null;
    return isLeaf ? [at] : defaultsOf(child, known, `${at}.`);
  });
}

const leaves = leavesOf(schema);

describe('deploy/helm/farcopy', () => {
  it('is of the version of the package', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  it('has a default for each value that its schema knows', () => {
    expect(leaves.length).toBeGreaterThan(50);
    expect(leaves.filter((at) => defaultAt(at) === undefined)).toEqual([...ofHelm, ...withoutDefault]);
  });

  it('knows by its schema each value that has a default', () => {
    expect(defaultsOf(values, leaves).filter((at) => !leaves.includes(at))).toEqual([]);
  });

  it('refuses what it does not know, wherever that stands', () => {
    const objects = (found: Schema): Schema[] => [found, ...Object.values(found.properties ?? {}).flatMap(objects)];
    const closed = [schema, ...Object.values(schema.definitions)].flatMap(objects).filter((found) => found.properties);
    expect(closed.length).toBeGreaterThan(15);
    for (const found of closed) expect(found.additionalProperties).toBe(false);
  });

  it('explains each value', () => {
    const page = read('README.md');
    const unexplained = leaves
      .filter((at) => !ofHelm.includes(at))
      .filter((at) => !page.includes(`\`${at}\``) && !page.includes(`\`${at.slice(0, at.lastIndexOf('.'))}\``));
    expect(unexplained).toEqual([]);
  });

  it('has every queue served once', () => {
    const template = read('templates', 'workers.yaml');
    const [, names = ''] = /range \$name := list ([^}]+)/.exec(template) ?? [];
    const ofRetention = [...names.matchAll(/"(\w+)"/g)].map(([, name = '']) => name);
    const served = [...template.matchAll(/"queues" "([\w,]+)"/g)].flatMap(([, queues = '']) => queues.split(','));
    expect([...served, ...ofRetention].sort()).toEqual([...workerQueues].sort());
  });

  it('has the alert rules of deploy/prometheus, and no second text of them', () => {
    expect(read('files', 'farcopy.rules.yaml')).toBe(
      readFileSync(path.join(root, 'deploy/prometheus/farcopy.rules.yaml'), 'utf8'),
    );
  });
});
