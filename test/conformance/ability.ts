/* eslint-disable jest/no-export, jest/valid-title, jest/valid-describe-callback, jest/no-disabled-tests -- used by suites */

/** A suite of one ability; what a kind lacks is shown as skipped. */
export function describeAbility(title: string, has: boolean, suite: () => void): void {
  if (has) describe(title, suite);
  else
    describe.skip(title, () => {
      test('is lacked by this kind', () => undefined);
    });
}
