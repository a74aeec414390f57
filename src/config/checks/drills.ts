import { type Path } from '../reading/located';
import { quoted } from '../reading/quoted';
import { type FleetFile } from '../schema/fleetFile';
import { suggestion } from '../reading/suggestion';
import { check } from './check';

type Tier = FleetFile['tiers'][string];
type Drill = NonNullable<Tier['drills']>[string];

/** A drill restores from a place of its tier that its target can take: AWS takes snapshots, PostgreSQL takes exports. */
export const drillsHaveAPlaceToStart = check(['vaults', 'tiers'], ({ vaults, tiers }, report) => {
  const isBucket = (name: string) => {
    const vault = Object.hasOwn(vaults, name) ? vaults[name] : undefined;
    return vault !== undefined && 'bucket' in vault;
  };
  for (const { path, tier, route, drill } of everyDrill(tiers)) {
    const { from, to } = drill;
    const ofBucket = 'postgres' in to;
    if (from === undefined) {
      if (ofBucket && !route.some(isBucket))
        report.error(
          [...path, 'to'],
          'a server of PostgreSQL takes what is in a bucket, and the route of its tier leads to none',
          'put a vault with a bucket on the route, or restore to {account, region}',
        );
      continue;
    }
    const places = ['source', ...route];
    if (!places.includes(from))
      report.error(
        [...path, 'from'],
        `${quoted(from)} is not on the route of tier ${quoted(tier)}`,
        suggestion(from, places),
      );
    else if (ofBucket && !isBucket(from))
      report.error(
        [...path, 'from'],
        `a server of PostgreSQL takes what is in a bucket, and ${quoted(from)} is none`,
        suggestion(from, route.filter(isBucket)) ?? 'restore to {account, region}',
      );
    else if (!ofBucket && isBucket(from))
      report.error(
        [...path, 'from'],
        `${quoted(from)} is a bucket, and AWS restores snapshots`,
        'restore to {postgres: URL}, or from a vault with an account',
      );
  }
});

/** What is restored in AWS is reached as the old database was; a scratch server says in its URL how it is reached. */
export const drillsReachTheirDatabases = check(['tiers'], ({ tiers }, report) => {
  for (const { path, tier, connect, drill } of everyDrill(tiers)) {
    if (connect !== undefined || 'postgres' in drill.to) continue;
    const [key, what] =
      drill.checks.length > 0
        ? (['checks', 'its checks need'] as const)
        : (['read', 'reading its tables needs'] as const);
    if (key === 'read' && drill.read === 'none') continue;
    report.error(
      [...path, key],
      `${what} a connection, and tier ${quoted(tier)} has no \`connect\``,
      `add \`connect\` to the tier${key === 'read' ? ', or `read: none` to the drill: then it only restores' : ''}`,
    );
  }
});

/** A scratch database is made, opened to whoever checks it, and deleted: not where something of value lies. */
export const drillsKeepToThemselves = check(['accounts', 'vaults', 'tiers'], ({ accounts, vaults, tiers }, report) => {
  const ofVaults = new Set(Object.values(vaults).flatMap((vault) => ('bucket' in vault ? [] : [vault.account])));
  const protectedAccounts = new Set(Array.isArray(accounts) ? accounts.map(({ id }) => id) : []);
  for (const { path, drill } of everyDrill(tiers)) {
    if ('postgres' in drill.to) continue;
    const { account } = drill.to;
    const at = [...path, 'to', 'account'];
    if (ofVaults.has(account)) report.warn(at, `${quoted(account)} keeps copies of this fleet`, ownAccount);
    else if (protectedAccounts.has(account))
      report.warn(at, `${quoted(account)} is also one of \`accounts\``, ownAccount);
  }
});

const ownAccount = 'the role of drills may delete databases there: give them an account of their own';

/** Of two checks of one name, a verdict would not tell which one failed. */
export const drillChecksAreToldApart = check(['tiers'], ({ tiers }, report) => {
  for (const { path, drill } of everyDrill(tiers)) {
    const firsts = new Map<string, number>();
    drill.checks.forEach(({ name }, i) => {
      if (name === undefined) return;
      const first = firsts.get(name);
      if (first === undefined) firsts.set(name, i);
      else report.error([...path, 'checks', i, 'name'], `${quoted(name)} is already the name of checks[${first}]`);
    });
  }
});

/** Tier `a` with drill `b-c` and tier `a-b` with drill `c` would be one schedule. */
export const drillsHaveSchedulesOfTheirOwn = check(['tiers'], ({ tiers }, report) => {
  const firsts = new Map<string, string>();
  for (const { path, tier } of everyDrill(tiers)) {
    const name = String(path.at(-1));
    const first = firsts.get(`${tier}-${name}`);
    if (first === undefined) firsts.set(`${tier}-${name}`, `drill ${quoted(name)} of tier ${quoted(tier)}`);
    else report.error(path, `its schedule would be that of ${first}`, 'give one of them another name');
  }
});

export function* everyDrill(
  tiers: FleetFile['tiers'],
): Generator<Pick<Tier, 'route' | 'connect'> & { readonly path: Path; readonly tier: string; readonly drill: Drill }> {
  for (const [tier, { route, connect, drills = {} }] of Object.entries(tiers))
    for (const [name, drill] of Object.entries(drills))
      yield { path: ['tiers', tier, 'drills', name], tier, route, connect, drill };
}
