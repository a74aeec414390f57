/** Processor time of a call: unlike the clock it does not count what else the machine does. */
export function cpuSecondsOf(call: () => void): number {
  const before = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
