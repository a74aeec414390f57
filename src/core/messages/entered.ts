import { workflowInputs } from './inputs';
import { parsed, type Shape } from './shape';

type InputOf<S> = S extends Shape<infer T> ? T : never;
type Workflows = {
  readonly [N in keyof typeof workflowInputs]: (input: InputOf<(typeof workflowInputs)[N]>) => unknown;
};

/**
 * Workflows that read their input before they do anything: what cannot be read ends one of them as `InvalidInput`, and never
 * leaves its task to fail for ever. One without a shape does not compile.
 */
export function entered<W extends Workflows>(workflows: W & Record<Exclude<keyof W, keyof Workflows>, never>): W {
  const all = Object.entries(workflowInputs).map(([name, shape]) => {
    const workflow = workflows[name as keyof Workflows] as (input: unknown) => Promise<unknown>;
    return [name, async (input: unknown) => workflow(parsed<unknown>(shape, input, name))];
  });
  return Object.fromEntries(all) as W;
}
