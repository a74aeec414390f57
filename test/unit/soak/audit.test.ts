import { audit, copiesIn } from '../../../soak/audit';

const point = 'aurora-cluster/999999999999/eu-west-1/database-3/2026-11-21T02:00:00Z';
const complete = { recoveryPoint: point, leavesAws: false };

interface Made {
  readonly status?: string;
  readonly sharedWith?: readonly string[];
  readonly proof?: boolean;
}

function copy(where: string, place: string, id = 'one', made: Made = {}): [string, unknown] {
  const { status = 'available', sharedWith = [], proof = true } = made;
  const tags = {
    'farcopy:recovery-point': point,
    'farcopy:place': place,
    ...(proof ? { 'farcopy:verified': 'exists 2026-11-21T02:20:00.000Z' } : {}),
  };
  return [`${where} cluster snapshot ${id}`, { status, sharedWith, tags }];
}

const whole = () => [
  copy('999999999999/eu-west-1', 'source'),
  copy('111111111111/eu-west-1', 'secure'),
  copy('111111111111/eu-central-1', 'secure-dr'),
];

const found = (...copies: [string, unknown][]) => audit([complete], new Map(copies), 'soak');

it('is content with each copy once', () => {
  expect(found(...whole())).toEqual([]);
});

it('misses a copy', () => {
  expect(found(...whole().slice(0, 2))).toEqual([
    `${point}: 0 copies in secure-dr (111111111111/eu-central-1), one was expected`,
  ]);
});

it('finds a copy that was made twice', () => {
  expect(found(...whole(), copy('111111111111/eu-west-1', 'secure', 'two'))).toEqual([
    `${point}: 2 copies in secure (111111111111/eu-west-1), one was expected`,
  ]);
});

it('finds a copy in between that was not removed', () => {
  expect(found(...whole(), copy('999999999999/eu-west-1', 'source-shareable', 'two'))).toEqual([
    `${point}: a copy in source-shareable (999999999999/eu-west-1) is left over`,
  ]);
});

it('takes no copy for one that is unfinished, unproven or open to others', () => {
  const [source, , far] = whole() as [[string, unknown], unknown, [string, unknown]];
  const wrong = { status: 'copying', sharedWith: ['222222222222'], proof: false };
  expect(found(source, copy('111111111111/eu-west-1', 'secure', 'one', wrong), far)).toEqual(
    ['its status is copying', 'it carries no proof', 'it is still shared with 222222222222'].map(
      (problem) => `${point}: secure (111111111111/eu-west-1): ${problem}`,
    ),
  );
});

it('misses the record in the other cloud where the route leads there', () => {
  const key = 'catalogue/aurora-cluster/999999999999/eu-west-1/database-3/20261121t020000z.json';
  const there = new Map(whole());
  expect(audit([{ ...complete, leavesAws: true }], there, 'soak')).toEqual([
    `${point}: there is no gs://soak-backups/${key}`,
  ]);
  there.set(`gs://soak-backups/${key}`, {});
  expect(audit([{ ...complete, leavesAws: true }], there, 'soak')).toEqual([]);
});

it('sees snapshots of clusters and of instances, and nothing else', () => {
  const state = new Map([
    ...whole(),
    ['999999999999/eu-west-1 snapshot of-an-instance', { tags: { 'farcopy:recovery-point': point } }] as const,
    ['999999999999/eu-west-1 cluster database-3', { tags: { 'farcopy:recovery-point': point } }] as const,
    ['999999999999/eu-west-1 snapshot of-somebody', { tags: {} }] as const,
  ]);
  expect(copiesIn(state).map(({ sort, id }) => `${sort} ${id}`)).toEqual([
    'cluster snapshot one',
    'cluster snapshot one',
    'cluster snapshot one',
    'snapshot of-an-instance',
  ]);
});
