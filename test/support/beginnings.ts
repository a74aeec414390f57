import { type EmulatorControl } from './emulatorControl';

const starts = /^(Create|Copy)DB(Cluster)?Snapshot$/;

/** How many snapshots and copies AWS has begun, and which of them more than once. */
export async function beginnings(control: EmulatorControl): Promise<{ begun: number; twice: string[] }> {
  const count = timesBegun(await control.calls(), starts);
  return { begun: count.size, twice: [...count].flatMap(([what, times]) => (times > 1 ? [what] : [])) };
}

/** How often AWS has begun each thing: `CopyDBSnapshot 111111111111/eu-west-1/NAME`. */
export function timesBegun(
  calls: Awaited<ReturnType<EmulatorControl['calls']>>,
  actions: RegExp,
  nameOf = (resource: string) => resource,
): Map<string, number> {
  const count = new Map<string, number>();
  for (const { action, status, account, region, resource } of calls) {
    // An answer that was lost on its way is counted by the answer to the next try: that it is there already.
    if (!actions.test(action) || status !== 200) continue;
    const what = `${action} ${account}/${region}/${nameOf(resource ?? '')}`;
    count.set(what, (count.get(what) ?? 0) + 1);
  }
  return count;
}
