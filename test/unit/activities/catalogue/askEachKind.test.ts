import { askEachKind } from '../../../../src/activities/catalogue/askEachKind';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { type FailureType, failureTypes } from '../../../../src/core/failure';
import { type KindOperations } from '../../../../src/kinds/kind';

const kinds = ['one', 'two', 'three'].map((name) => ({ description: { name } }) as KindOperations);

/** Asks all kinds, of which some fail; what came of it, and which were asked to the end. */
async function ask(failing: Readonly<Record<string, FailureType>>) {
  const asked: string[] = [];
  const problems = await askEachKind(kinds, async ({ description: { name } }) => {
    const type = failing[name];
    if (type !== undefined) throw applicationFailure(type, `${name} failed`);
    asked.push(name);
  });
  return { asked, problems };
}

it('goes on where an account refuses one kind, and tells it', async () => {
  expect(await ask({ one: failureTypes.configuration })).toEqual({
    asked: ['two', 'three'],
    problems: [{ kind: 'one', message: 'one failed' }],
  });
});

it('fails where every kind is refused', async () => {
  const { configuration } = failureTypes;
  const refused = ask({ one: configuration, two: configuration, three: configuration });
  await expect(refused).rejects.toMatchObject({ type: configuration, message: 'one failed' });
});

it('fails with what a retry may mend', async () => {
  const failed = ask({ one: failureTypes.configuration, two: failureTypes.transient });
  await expect(failed).rejects.toMatchObject({ type: failureTypes.transient });
});

it('asks no kind where there is none', async () => {
  expect(await askEachKind([], () => Promise.reject(new Error('asked')))).toEqual([]);
});
