import path from 'node:path';
import { simulate } from './simulate';

const histories = path.resolve(__dirname, '../replay/histories');

interface Replayed {
  readonly histories: number;
  readonly different: readonly { readonly name: string; readonly how: string }[];
}

interface Agreed {
  readonly scenarios: number;
  readonly same: number;
  readonly different: readonly object[];
}

interface Outcome {
  readonly digest: string;
  readonly activations: number;
  readonly violations: readonly { readonly seed: number; readonly rule: string; readonly message: string }[];
}

describe('the simulation', () => {
  it('breaks no rule in its first seeds: the same ones on every machine', () => {
    const { violations, seeds } = simulate<Outcome & { seeds: number }>('--seeds', '12');
    expect(violations).toEqual([]);
    expect(seeds).toBe(12);
  });

  it('does the same again, of each seed', () => {
    for (const seed of ['3', '5', '8']) {
      const [first, second] = [simulate<Outcome>('--seed', seed), simulate<Outcome>('--seed', seed)];
      expect(first.activations).toBeGreaterThan(10);
      expect(second.digest).toBe(first.digest);
    }
  });

  it('finds a bug that is planted', () => {
    const { foundBySeed } = simulate<{ foundBySeed: number | null }>('--plant', 'foreign-account', '--seeds', '10');
    expect(foundBySeed).not.toBeNull();
  });

  it('finds a bug that is planted in what deletes', () => {
    const { foundBySeed } = simulate<{ foundBySeed: number | null }>('--plant', 'wait-ignored', '--seeds', '10');
    expect(foundBySeed).toBe(3);
  });

  it('asks for the same as what the real server has recorded', () => {
    const replayed = simulate<Replayed>('--histories', histories);
    expect(replayed.different).toEqual([]);
    expect(replayed.histories).toBeGreaterThan(50);
  });

  it('ends as the real server does, above the same clouds', () => {
    const { scenarios, same, different } = simulate<Agreed>('--against-server', '--seeds', '1', '--from', '2');
    expect(different).toEqual([]);
    expect(scenarios).toBe(1);
    expect(same).toBeGreaterThan(5);
  });

  it('sees where workflows do otherwise than recorded', () => {
    const { different } = simulate<Replayed>('--histories', histories, '--plant', 'silent-watchdog');
    expect(different.map(({ name }) => name).join(' ')).toContain('protectResource');
  });
});
