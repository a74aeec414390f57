import { existsSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { outputOf } from './runProgram';

/** What an engine changes of the machine that it runs on: by name, a text to compare. */
export type HostState = ReadonlyMap<string, string>;

const settings = '/proc/sys';
const folders = ['net/ipv4', 'net/ipv4/conf/all', 'net/ipv4/conf/default', 'net/ipv6/conf/all', 'net/bridge'];
const controlGroups = '/sys/fs/cgroup';
const engineGroup = 'docker';

/** Links, firewall rules, settings of the network and control groups as they are. */
export async function hostState(environment: NodeJS.ProcessEnv): Promise<HostState> {
  const state = new Map<string, string>();
  for (const name of readdirSync('/sys/class/net')) state.set(`link ${name}`, 'there');
  for (const folder of folders) for (const [name, value] of settingsIn(folder)) state.set(`setting ${name}`, value);
  for (const group of groupsOf(controlGroups)) state.set(`control group ${group}`, 'there');
  state.set('firewall', await firewallRules(environment));
  return state;
}

/** What has come, gone or changed. */
export function differences(before: HostState, after: HostState): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    return [
      `${name}: ${was === undefined ? 'was not there' : `was ${was}`}, ${is === undefined ? 'is gone' : `is ${is}`}`,
    ];
  });
}

/** Links that Docker makes: its own bridge, those of networks, and their ends in containers. */
const engineLinks = /^(docker0|br-[0-9a-f]{12}|veth[0-9a-f]{7})$/;
/** Chains of a table that nobody else has put anything into: those that every table has, and Docker's. */
const engineChains = /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|DOCKER(-[A-Z0-9-]+)?)$/;

/** Takes back what an engine has left behind when it ended. What others have made meanwhile stays. */
export async function restoreHost(before: HostState, environment: NodeJS.ProcessEnv): Promise<void> {
  const after = await hostState(environment);
  const came = (kind: string) =>
    [...after.keys()]
      .filter((name) => name.startsWith(kind) && !before.has(name))
      .map((name) => name.slice(kind.length));
  for (const link of came('link ').filter((name) => engineLinks.test(name)))
    await outputOf(['ip', 'link', 'delete', link], { environment }).catch(() => {});
  for (const group of came('control group '))
    try {
      removeGroup(group);
    } catch {
      // It is in use still, and is told.
    }
  const kept = new Set(tablesOf(before.get('firewall') ?? '').map(({ table }) => table));
  for (const { table, chains } of tablesOf(after.get('firewall') ?? ''))
    if (!kept.has(table) && isEngines(chains))
      await outputOf(['nft', 'delete', 'table', ...table.split(' ')], { environment }).catch(() => {});
  const changed = [...before].filter(([name, value]) => name.startsWith('setting ') && after.get(name) !== value);
  for (const [name, value] of changed)
    await outputOf(['sh', '-c', 'printf %s "$1" > "$2"', 'sh', value, name.slice('setting '.length)], { environment });
}

/** Whether Docker has made a table, and nobody else has put a chain into it. */
function isEngines(chains: readonly string[]): boolean {
  return chains.some((chain) => chain.startsWith('DOCKER')) && chains.every((chain) => engineChains.test(chain));
}

function settingsIn(folder: string): [string, string][] {
  const directory = path.join(settings, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name): [string, string][] => {
    const file = path.join(directory, name);
    try {
      return statSync(file).isFile() ? [[file, readFileSync(file, 'utf8').trim()]] : [];
    } catch {
      // Some may only be written.
      return [];
    }
  });
}

/** Of every hierarchy, or of the only one. */
function groupsOf(root: string): string[] {
  if (!existsSync(root)) return [];
  const hierarchies = [root, ...readdirSync(root).map((name) => path.join(root, name))];
  return hierarchies.map((folder) => path.join(folder, engineGroup)).filter((folder) => existsSync(folder));
}

/** Groups are folders that nothing but `rmdir` removes, from the innermost outwards. */
function removeGroup(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(path.join(folder, entry.name));
  rmdirSync(folder);
}

/** Without the numbers of packets that have passed. */
async function firewallRules(environment: NodeJS.ProcessEnv): Promise<string> {
  return (await outputOf(['nft', '--stateless', 'list', 'ruleset'], { environment }))
    .replaceAll(/counter packets \d+ bytes \d+/g, 'counter')
    .replaceAll(/^# Warning.*\n/gm, '');
}

function tablesOf(rules: string): { readonly table: string; readonly chains: readonly string[] }[] {
  return [...rules.matchAll(/^table (\S+ \S+) \{$([\s\S]*?)^\}$/gm)].map(([, table = '', body = '']) => ({
    table,
    chains: [...body.matchAll(/^\tchain (\S+) \{$/gm)].map(([, chain = '']) => chain),
  }));
}
