import { Checks, expect as expectThat } from '../../../scripts/kubernetes/checks';

describe('checks of the chart', () => {
  it('go on after one that fails, tell why, and count', async () => {
    const lines: string[] = [];
    const checks = new Checks((line) => void lines.push(line.replace(/\d+\.\d s/, 'T')));
    expect(await checks.check('first', () => expectThat(false, 'no pod\nis ready'))).toBe(false);
    expect(await checks.check('second', () => 'two pods')).toBe(true);
    expect(lines).toEqual([
      'FAILED    T  first',
      '         | no pod\n         | is ready',
      'ok        T  second: two pods',
    ]);
    expect(checks.summary).toBe('1 passed, 1 failed');
    expect(JSON.parse(JSON.stringify(checks))).toMatchObject({
      passed: 1,
      failed: 1,
      checks: [
        { name: 'first', failure: 'no pod\nis ready' },
        { name: 'second', failure: null, seen: 'two pods' },
      ],
    });
  });
});
