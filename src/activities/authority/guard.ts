import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { aroundEach } from '../aroundEach';
import { type Authority, Malformed, Refusal } from './authority';
import { fieldsAt } from './fieldsAt';
import { type Field } from './fields';

/**
 * Activities that hold whatever they are told against the fleet file before they do anything: whoever may start workflows, or
 * polls a task queue, may send any arguments.
 *
 * @param fields the table: every activity has a row
 */
export function guarded<A extends object>(
  activities: A,
  fields: Readonly<Record<keyof A, readonly Field[]>>,
  authority: Authority,
  fleet: string,
): A {
  return aroundEach(activities, async (name, args, run) => {
    for (const field of fields[name]) await holdField(authority, field, args, String(name), fleet);
    return run();
  });
}

/** @throws ApplicationFailure `Configuration` of what the fleet file does not name, `InvalidInput` of what is nothing at all. */
async function holdField(
  authority: Authority,
  { at: path, is, of, optional }: Field,
  args: readonly unknown[],
  activity: string,
  fleet: string,
): Promise<void> {
  const [context] = of === undefined ? [] : fieldsAt(args, of);
  for (const { at, value } of fieldsAt(args, path)) {
    if (optional === true && (value === undefined || value === null)) continue;
    try {
      if (value === undefined) throw new Malformed('is missing');
      await authority.hold(is, value, context?.value);
    } catch (error) {
      const where = `${activity}: ${at === '0' ? 'its input' : at}`;
      if (error instanceof Refusal)
        throw applicationFailure(
          failureTypes.configuration,
          `${where} ${error.what}: the fleet file of ${fleet} does not name that. Nothing was touched. If it is meant, add it under ${error.section}, and restart the workers; see docs/security.md#authority`,
        );
      if (error instanceof Malformed || error instanceof TypeError)
        throw applicationFailure(failureTypes.invalidInput, `${where} ${error.message}`);
      throw error;
    }
  }
}
