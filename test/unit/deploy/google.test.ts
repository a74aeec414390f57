import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bucketLayout } from '../../../src/core/catalogue/bucket';

const root = path.resolve(__dirname, '../../..');
const text = readFileSync(path.join(root, 'deploy/google/main.tf'), 'utf8').replace(/^\s*#.*$/gm, '');

interface Block {
  readonly head: string;
  readonly body: string;
}

/** The blocks of a text in HCL, `resource "type" "name" {…}`; braces inside of texts are those of expressions, which balance. */
function blocks(of: string): Block[] {
  const found: Block[] = [];
  for (let at = 0; ;) {
    const open = of.indexOf('{', at);
    if (open < 0) return found;
    let depth = 1;
    let end = open + 1;
    for (; depth > 0; end += 1) {
      if (end >= of.length) throw new Error(`a brace is never closed: ${of.slice(open, open + 80)}`);
      if (of[end] === '{') depth += 1;
      if (of[end] === '}') depth -= 1;
    }
    const head = (of.slice(at, open).trim().split('\n').at(-1) ?? '').trim();
    found.push({ head, body: of.slice(open + 1, end - 1) });
    at = end;
  }
}

const resource = (type: string, name: string) =>
  blocks(text).find(({ head }) => head === `resource "${type}" "${name}"`)?.body ?? '';
const permissionsOf = (role: string) =>
  [...resource('google_project_iam_custom_role', role).matchAll(/"(storage\.[^"]+)"/g)].map(([, name]) => name ?? '');

/** Every permission that the code asks Google for. */
function asked(): Set<string> {
  const folder = path.join(root, 'src/clouds/gcp');
  const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
  return new Set(
    texts.flatMap((one) => [...one.matchAll(/'(storage\.[a-z]+\.[A-Za-z]+)'/g)].map(([, name]) => name ?? '')),
  );
}

describe('deploy/google', () => {
  it('gives the workers what the code asks for, and nothing else', () => {
    // Of those that hold copies, what they need beside what planners have.
    const ofHolders = ['storage.objects.update'];
    expect([...permissionsOf('writer'), ...permissionsOf('sweeper'), ...ofHolders].sort()).toEqual([...asked()].sort());
  });

  it('lets them delete nothing but what is on its way', () => {
    expect(permissionsOf('writer').filter((name) => /delete|update|setIamPolicy/i.test(name))).toEqual([]);
    expect(permissionsOf('sweeper')).toEqual(['storage.objects.delete']);
    const bindings = blocks(text).filter(({ head }) => /_iam_(member|binding|policy)"/.test(head));
    expect(bindings.map(({ head }) => head)).toEqual([
      'resource "google_storage_bucket_iam_member" "writer"',
      'resource "google_storage_bucket_iam_member" "hold_reader"',
      'resource "google_storage_bucket_iam_member" "sweeper"',
      'resource "google_storage_bucket_iam_member" "lister"',
      'resource "google_storage_bucket_iam_member" "record_reader"',
      'resource "google_storage_bucket_iam_member" "hold_writer"',
      'resource "google_storage_bucket_iam_member" "hold_keeper"',
    ]);
    const [, , sweeper] = bindings;
    const [condition] = blocks(sweeper?.body ?? '').filter(({ head }) => head === 'condition');
    expect(condition?.body).toMatch(/resource\.name\.startsWith\(.*objects\/\$\{local\.underway\}/);
    expect(bucketLayout.underway('')).toBe('underway/');
    expect(text).toMatch(/underway += var\.prefix == "" \? "underway\/" : /);
  });

  it('lets those of retention list, and read records alone', () => {
    expect(permissionsOf('lister')).toEqual(['storage.objects.list']);
    expect(permissionsOf('record_reader')).toEqual(['storage.objects.get']);
    for (const name of ['lister', 'record_reader'])
      expect(resource('google_storage_bucket_iam_member', name)).toMatch(
        /for_each = toset\(concat\(var\.planners, var\.holders\)\)/,
      );
    const [condition] = blocks(resource('google_storage_bucket_iam_member', 'record_reader'));
    expect(condition?.body).toMatch(/resource\.name\.startsWith\(.*objects\/\$\{local\.catalogue\}/);
    expect(text).toMatch(/catalogue = var\.prefix == "" \? "catalogue\/" : /);
    expect(bucketLayout.records()).toBe('catalogue/');
  });

  it('lets those who hold copies say so, and nobody else; and hold objects only where that is switched on', () => {
    const binding = (name: string) => resource('google_storage_bucket_iam_member', name);
    const expression = (name: string) => /expression = "(.*)"/.exec(binding(name))?.[1]?.replaceAll('\\"', "'");
    const below = (...places: readonly string[]) =>
      places.map((at) => `resource.name.startsWith('projects/_/buckets/\${var.bucket}/objects/\${local.${at}}')`);
    expect(permissionsOf('hold_writer')).toEqual(['storage.objects.create']);
    expect(permissionsOf('hold_keeper')).toEqual(['storage.objects.get', 'storage.objects.update']);
    expect(binding('hold_writer')).toMatch(/for_each = toset\(var\.holders\)/);
    expect(binding('hold_keeper')).toMatch(/for_each = toset\(var\.lock_held \? var\.holders : \[\]\)/);
    expect(expression('hold_writer')).toBe(below('holds').join());
    expect(expression('hold_keeper')).toBe(below('catalogue', 'data').join(' || '));
    expect(expression('record_reader')).toBe(below('catalogue', 'holds').join(' || '));
    expect(expression('writer')).toBe(`!${below('holds').join()}`);
    expect(text).toMatch(/holds +=.*"retention\/holds\/"/);
    expect(bucketLayout.holds).toBe('retention/holds/');
  });

  it('keeps the bucket from the public, and what is deleted for a while', () => {
    const bucket = resource('google_storage_bucket', 'copies');
    for (const setting of ['uniform_bucket_level_access = true', 'public_access_prevention    = "enforced"'])
      expect(bucket.replaceAll(/ +/g, ' ')).toContain(setting.replaceAll(/ +/g, ' '));
    expect(blocks(bucket).map(({ head }) => head)).toEqual(['soft_delete_policy', 'lifecycle']);
  });
});
