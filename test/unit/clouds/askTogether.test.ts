import { askTogether } from '../../../src/clouds/aws/askTogether';
import { type Scope } from '../../../src/core/catalogue/copy';

const here: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const elsewhere: Scope = { ...here, region: 'eu-central-1' };

const list = () => {
  const calls: (readonly string[])[] = [];
  const together = askTogether(async (scope, ids) => {
    calls.push(ids);
    return new Map(ids.filter((id) => id !== 'missing').map((id) => [id, `answer ${id} of ${scope.region}`]));
  });
  const ask = (id: string, signal?: AbortSignal) => together(here, id, signal);
  return { ask, calls, together };
};

describe('questions asked together', () => {
  it('share one call, and each gets its own answer', async () => {
    const { ask, calls } = list();
    const answers = await Promise.all([ask('a'), ask('b'), ask('a'), ask('missing')]);
    expect(answers).toEqual(['answer a of eu-west-1', 'answer b of eu-west-1', 'answer a of eu-west-1', undefined]);
    expect(calls).toEqual([['a', 'b', 'missing']]);
  });

  it('asked later are asked anew', async () => {
    const { ask, calls } = list();
    await ask('a');
    await ask('a');
    expect(calls).toEqual([['a'], ['a']]);
  });

  it('share none with those of another scope', async () => {
    const { calls, together } = list();
    const answers = await Promise.all([together(here, 'a'), together(elsewhere, 'a')]);
    expect(answers).toEqual(['answer a of eu-west-1', 'answer a of eu-central-1']);
    expect(calls).toEqual([['a'], ['a']]);
  });

  it('are at most a hundred a call', async () => {
    const { ask, calls } = list();
    await Promise.all(Array.from({ length: 130 }, (_, i) => ask(`id-${i}`)));
    expect(calls.map((ids) => ids.length)).toEqual([100, 30]);
  });

  it('end for the one who aborts, and for nobody else', async () => {
    const { ask } = list();
    const abort = new AbortController();
    const aborted = ask('a', abort.signal);
    const other = ask('b');
    abort.abort(new Error('cancelled'));
    await expect(aborted).rejects.toThrow('cancelled');
    await expect(other).resolves.toBe('answer b of eu-west-1');
    await expect(ask('c', abort.signal)).rejects.toThrow('cancelled');
  });
});
