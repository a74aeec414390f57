import { type EmulatorControl } from './emulatorControl';

const starts = /^(Create|Copy)DB(Cluster)?Snapshot$/;

/** How many snapshots and copies AWS has begun, and which of them more than once. */
export async function beginnings(control: EmulatorControl): Promise<{ begun: number; twice: string[] }> {
  const count = new Map<string, number>();
  for (const { action, status, account, region, resource } of await control.calls()) {
    // An answer that was lost on its way is counted by the answer to the next try: that it is there already.
    if (!starts.test(action) || status !== 200) continue;
    const what = `${action} ${account}/${region}/${resource ?? ''}`;
    count.set(what, (count.get(what) ?? 0) + 1);
  }
  return { begun: count.size, twice: [...count].flatMap(([what, times]) => (times > 1 ? [what] : [])) };
}
