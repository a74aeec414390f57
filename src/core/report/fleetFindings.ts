import { isBucketVault } from '../backup/policy';
import { formatDuration } from '../duration';
import { fingerprint } from '../naming';
import { resourcePath } from '../resource';
import { departureOf } from '../retention/mark';
import { reachDays } from '../retention/reachDays';
import { RetentionCounts } from '../retention/retentionCounts';
import { pauseText, unpauseText } from '../schedulePause';
import { type FleetFinding, fleetFinding, type FindingSubject, worstFirst } from './finding';
import { isMissedByLifecycle, type PlaceFreshness } from './freshness';
import { type FleetLook, type LookedDrill, type LookedTier } from './look';
import { postureFindings } from './postureFindings';
import { type SeenCopies } from './seenCopies';

/** What is reckoned once of a look, and needed for findings and report alike. */
export interface Reckoned {
  /** By path. */
  readonly seen: ReadonlyMap<string, SeenCopies>;
  /** Of resources in a tier, by path. */
  readonly freshness: ReadonlyMap<string, readonly PlaceFreshness[]>;
  /** When the last recovery point that a lifecycle knows to be whole was (ISO 8601), by path. */
  readonly since: ReadonlyMap<string, string | null>;
  /** For people: the identifier, and what tells it from others of the same. */
  readonly nameOf: (path: string) => string;
  /** What commands take for it: the identifier where no other bears it, else the path. */
  readonly argumentOf: (path: string) => string;
}

/** Everything that is wrong or risky in a fleet, the worst first. Pure: what was not looked at is told, and nothing is guessed. */
export function fleetFindings(look: FleetLook, reckoned: Reckoned): FleetFinding[] {
  return worstFirst([
    ...unreadableFindings(look),
    ...nothingProtected(look),
    ...clockOff(look),
    ...ofResources(look, reckoned),
    ...uncovered(look),
    ...vanished(look, reckoned),
    ...outside(look),
    ...ofStocks(look),
    ...ofSchedules(look, reckoned),
    ...ofDrills(look, reckoned),
    ...ofLocks(look),
    ...ofRetention(look),
  ]);
}

function unreadableFindings({ unreadable }: FleetLook): FleetFinding[] {
  return unreadable.map(({ where, message, unreachable }) =>
    fleetFinding(
      'not-readable',
      where,
      { resource: null, place: null, name: where },
      `it could not be read: ${message}`,
      unreachable ? 'try again; `farcopy check` looks at roles and endpoints' : '`farcopy check` tells what is missing',
    ),
  );
}

/** Minutes are nothing to an RPO of hours; more is a clock that nobody sets. */
const clockToleranceSeconds = 300;

function clockOff({ clockAheadSeconds: ahead }: FleetLook): FleetFinding[] {
  if (ahead === null || Math.abs(ahead) <= clockToleranceSeconds) return [];
  return [
    fleetFinding(
      'clock-off',
      'this-machine',
      { resource: null, place: null, name: 'the clock of this machine' },
      `it is ${ageText(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} AWS's, by which everything here is reckoned`,
      'set it: workers and schedules that run beside it may be as wrong',
    ),
  ];
}

/** A fleet file that protects nothing has nothing that could go wrong. */
function nothingProtected({ fleet, resources }: FleetLook): FleetFinding[] {
  if (resources.some(({ tier }) => tier !== null)) return [];
  const subject = { resource: null, place: null, name: `fleet ${fleet}` };
  return [
    fleetFinding(
      'nothing-protected',
      fleet,
      subject,
      'no resource is in any tier, so nothing is backed up',
      'write a rule of `select`; `farcopy plan` tells what it would bring in',
    ),
  ];
}

function ofResources(look: FleetLook, { seen, freshness, since, nameOf, argumentOf }: Reckoned): FleetFinding[] {
  const { now, kinds, resources, cannotCopy } = look;
  const rpoOf = new Map(look.tiers.map(({ name, rpoSeconds }) => [name, rpoSeconds]));
  return resources.flatMap(({ resource, listed, tier, without, why, note }) => {
    const path = resourcePath(resource);
    const name = nameOf(path);
    const subject: FindingSubject = { resource: path, place: null, name };
    const found: FleetFinding[] = [];
    if (without === 'problem')
      found.push(
        fleetFinding(
          'no-tier',
          path,
          subject,
          `it is selected, and belongs into no tier: ${why}`,
          'give it the tag, or the rule a default',
        ),
      );
    if (without === 'unmatched')
      found.push(
        fleetFinding(
          'not-selected',
          path,
          subject,
          'no rule of `select` matches it, and none excludes it',
          'tag it, or exclude it by a rule, so that everybody sees that it is meant',
        ),
      );
    if (note !== null)
      found.push(fleetFinding('tier-unclear', path, subject, note, 'correct the tag, or name the tier in the file'));
    const cannot = cannotCopy.get(path);
    if (cannot !== undefined)
      found.push(fleetFinding('cannot-copy', path, subject, `it cannot be backed up: ${cannot}`, 'do what it says'));
    for (const place of freshness.get(path) ?? []) {
      const one = placeFinding(path, name, argumentOf(path), place, rpoOf.get(tier ?? '') ?? 0, look.index !== null);
      if (one !== null) found.push(one);
    }
    const rpoSeconds = rpoOf.get(tier ?? '') ?? null;
    const isBroken = rpoSeconds !== null && isMissedByLifecycle({ rpoSeconds }, since.get(path) ?? null, now);
    // Where the clouds are asked, they tell each place.
    if (look.index !== null && isBroken && (freshness.get(path) ?? []).every(({ state }) => state !== 'missed'))
      found.push(
        fleetFinding(
          'rpo-missed',
          path,
          subject,
          `its lifecycle knows of no whole recovery point since ${since.get(path) ?? ''}, whatever the index of the catalogue says; the RPO is ${formatDuration(rpoSeconds)}`,
          '`farcopy report` without `--index` asks the clouds',
        ),
      );
    const { ofAnother = 0 } = seen.get(path) ?? {};
    if (tier !== null && ofAnother > 0 && (freshness.get(path) ?? []).every(({ copies }) => copies === 0))
      found.push(
        fleetFinding(
          'recreated',
          path,
          subject,
          'all its copies are of another one of that name, which was deleted and made again, or swapped',
          'back it up: `farcopy backup`; the copies of the other one stay until `retired` says otherwise',
        ),
      );
    // Of what nobody wants protected, nobody asks how safe it is.
    if (tier !== null && listed) found.push(...postureFindings(resource, kinds.get(resource.kind), name, now));
    return found;
  });
}

function placeFinding(
  path: string,
  name: string,
  argument: string,
  place: PlaceFreshness,
  rpoSeconds: number,
  isOfIndex: boolean,
): FleetFinding | null {
  const { newest, ageSeconds, state } = place;
  const subject = { resource: path, place: place.place, name: `${name} in ${place.place}` };
  const key = `${path}@${place.place}`;
  const rpo = formatDuration(rpoSeconds);
  switch (state) {
    case 'missed':
      return fleetFinding(
        'rpo-missed',
        key,
        subject,
        `its newest verified copy, of ${newest ?? ''}, is ${ageText(ageSeconds ?? 0)} old: ${ageText((ageSeconds ?? 0) - rpoSeconds)} more than the RPO of ${rpo}`,
        `\`farcopy explain ${argument}\` tells why; \`farcopy backup ${argument}\` makes one now`,
      );
    case 'never':
      return fleetFinding(
        'never-copied',
        key,
        subject,
        `no verified copy is there; the RPO is ${rpo}`,
        `\`farcopy explain ${argument}\` tells why; \`farcopy backup ${argument}\` makes one now`,
      );
    case 'unknown':
      return fleetFinding(
        'place-unknown',
        key,
        subject,
        isOfIndex
          ? 'nobody knows: the index of the catalogue is too old to tell, or the place could not be read whole'
          : 'nobody knows: its account or the place could not be read whole, and what was read is older than the RPO, or nothing',
        isOfIndex
          ? '`farcopy report` without `--index` asks the clouds; `farcopy catalogue index` makes the index anew'
          : 'let it be read: `farcopy check` tells what is missing',
      );
    case 'met':
    case 'at-rest':
    case 'waiting':
      return null;
  }
}

function uncovered({ unprotected }: FleetLook): FleetFinding[] {
  return unprotected.map(({ arn, id, account, region, what, why }) =>
    fleetFinding(
      'uncovered',
      arn,
      { resource: null, place: null, name: `${what} ${id} (${account}/${region})` },
      `it is not protected: ${why}`,
      'write a rule for its kind, or one that excludes it',
    ),
  );
}

/**
 * What has copies or a lifecycle, and is in no account any more where all of its kind were listed. Once its lifecycle has ended as well, somebody
 * has meant it.
 */
function vanished({ resources, looked, temporal }: FleetLook, { seen, nameOf, argumentOf }: Reckoned): FleetFinding[] {
  const present = new Set(resources.map(({ resource }) => resourcePath(resource)));
  const lifecycles = new Set((temporal?.lifecycles ?? []).map(resourcePath));
  const known = new Set([...seen.keys(), ...lifecycles]);
  return [...known].flatMap((path) => {
    if (present.has(path) || !looked.has(scopeOf(path))) return [];
    const proven = seen.get(path)?.proven ?? 0;
    const running = lifecycles.has(path);
    const argument = argumentOf(path);
    const kept =
      proven === 0
        ? 'no verified copy of it is kept'
        : proven === 1
          ? 'a verified copy of it is kept'
          : `${proven} verified copies of it are kept`;
    const restore =
      proven === 0
        ? `\`farcopy copies ${argument}\` tells what else is kept`
        : `\`farcopy restore ${argument}\` brings it back`;
    return [
      fleetFinding(
        temporal !== null && !running ? 'retired' : 'vanished',
        path,
        { resource: path, place: null, name: nameOf(path) },
        `it is in its account no more; ${kept}${running ? ', and its lifecycle still runs' : ''}`,
        `${restore}${running ? `; \`farcopy retire ${argument}\` ends its alerts` : ''}`,
      ),
    ];
  });
}

/** Copies of what the fleet file reaches no more, since its account, region or kind was taken out. */
function outside({ outside: scopes }: FleetLook): FleetFinding[] {
  return [...scopes]
    .sort()
    .map((scope) =>
      fleetFinding(
        'outside',
        scope,
        { resource: null, place: null, name: scope },
        'copies are kept of resources there, and the fleet file names this account, region or kind no more: nobody looks at them',
        '`farcopy copies` tells them; add it again if it is still to be protected',
      ),
    );
}

/** `kind/account/region` of a path. */
export const scopeOf = (path: string): string => path.split('/').slice(0, 3).join('/');

function ofStocks({ stocks }: FleetLook): FleetFinding[] {
  return stocks.flatMap(({ name, title, account, region, used, capacity, wanted, fullInDays, verdict }) => {
    if (verdict === 'carried') return [];
    const has = used === null ? `holds ${capacity} unless AWS gives you more` : `${used} of ${capacity} are used`;
    const full = fullInDays === null ? '' : `, and it is full in ${fullInDays} days while nothing is deleted`;
    return [
      fleetFinding(
        verdict === 'exceeded' ? 'stock-exceeded' : 'stock-tight',
        `${account}/${region}/${name}`,
        { resource: null, place: null, name: `${title} in ${account}/${region}` },
        `${has}; the retention wants ${wanted}${full}`,
        `ask AWS for ${Math.max(wanted, capacity)} or more, keep fewer (\`retention.places\`), or use more accounts or regions`,
      ),
    ];
  });
}

function ofSchedules({ temporal }: FleetLook, { nameOf, argumentOf }: Reckoned): FleetFinding[] {
  if (temporal === null) return [];
  const schedules = temporal.schedules.flatMap(({ scheduleId, tier, drill, exists, pause }) => {
    const subject = { resource: null, place: null, name: `schedule ${scheduleId}` };
    if (!exists)
      return [
        fleetFinding('schedule-missing', scheduleId, subject, 'Temporal does not have it', 'run `farcopy apply`'),
      ];
    if (pause === null) return [];
    const mend = unpauseText({ scheduleId, tier, drill, pause });
    return [fleetFinding('schedule-paused', scheduleId, subject, `it is ${pauseText(pause, String)}`, mend)];
  });
  const lifecycles = temporal.lifecycles
    .filter(({ state }) => state === 'Paused')
    .map((lifecycle) => {
      const path = resourcePath(lifecycle);
      return fleetFinding(
        'resource-paused',
        path,
        { resource: path, place: null, name: nameOf(path) },
        'somebody has paused it: no round backs it up',
        `\`farcopy resume ${argumentOf(path)}\``,
      );
    });
  return [...schedules, ...lifecycles];
}

function ofDrills({ temporal, tiers, now }: FleetLook, { nameOf }: Reckoned): FleetFinding[] {
  if (temporal === null) return [];
  const { drills, drillsSince } = temporal;
  // What lies before is not known to be missing.
  const seenSince = drillsSince === null ? now : Date.parse(drillsSince);
  const none = tiers.flatMap(({ name: tier, drills: policies }) =>
    policies.flatMap(({ name: drill, longestSeconds }) => {
      if (longestSeconds === null) return [];
      const bound = now - 2 * longestSeconds * 1000;
      const passed = drills.filter((one) => one.tier === tier && one.drill === drill && one.verdict === 'passed');
      const last = passed.reduce((latest, { startedAt }) => (startedAt > latest ? startedAt : latest), '');
      if (Date.parse(last) >= bound || seenSince > bound) return [];
      return [
        fleetFinding(
          'no-drill',
          `${tier}/${drill}`,
          { resource: null, place: null, name: `drill ${drill} of tier ${tier}` },
          `none has passed ${last === '' ? `since ${new Date(bound).toISOString()}` : `since ${last}`}; it is due every ${formatDuration(longestSeconds)}`,
          `\`farcopy drills\` tells why; \`farcopy drill --drill ${drill}\` makes one now`,
        ),
      ];
    }),
  );
  const failed = latestOfEach(drills).flatMap(({ path, drill, verdict, startedAt, reason }) =>
    verdict === 'passed'
      ? []
      : [
          fleetFinding(
            'drill-failed',
            `${path}/${drill}`,
            { resource: path, place: null, name: `${nameOf(path)}, drill ${drill}` },
            `the latest, of ${startedAt}, ended as ${verdict}${reason === null ? '' : `: ${reason}`}`,
            'docs/drills.md tells what each failure means',
          ),
        ],
  );
  return [...none, ...failed];
}

/** The latest that has ended of each drill of each resource: one that runs, or was taken back, tells nothing yet. */
export function latestOfEach(drills: readonly LookedDrill[]): (LookedDrill & { readonly path: string })[] {
  const latest = new Map<string, LookedDrill & { readonly path: string }>();
  for (const drill of drills) {
    if (drill.resource === null || ['running', 'cancelled'].includes(drill.verdict)) continue;
    const path = resourcePath(drill.resource);
    const known = latest.get(`${path} ${drill.drill}`);
    if (known === undefined || drill.startedAt > known.startedAt)
      latest.set(`${path} ${drill.drill}`, { ...drill, path });
  }
  return [...latest.values()];
}

function ofLocks({ tiers }: FleetLook): FleetFinding[] {
  return tiers.flatMap(({ name: tier, route, retention, retentionIn }: LookedTier) =>
    route.flatMap((destination) => {
      if (!isBucketVault(destination) || destination.lock === null) return [];
      const { name, lock } = destination;
      const days = reachDays(retentionIn[name] ?? retention);
      if (lock.days >= days) return [];
      return [
        fleetFinding(
          'lock-short',
          `${tier}@${name}`,
          { resource: null, place: name, name: `tier ${tier} in ${name}` },
          `copies are kept for about ${days} days, and locked for ${lock.days}: after that whoever may delete there can`,
          'lock for longer, or keep fewer',
        ),
      ];
    }),
  );
}

function ofRetention({ retention, fleet, now, prunes, index }: FleetLook): FleetFinding[] {
  if (retention === null) return [];
  const name = `retention of ${fleet}`;
  const subject = { resource: null, place: null, name };
  const braked = retention.brakes.map((brake) =>
    fleetFinding(
      'prune-braked',
      fingerprint(brake.replace(/\d+/g, '#')),
      subject,
      `it waits for a person: ${brake}`,
      '`farcopy prune --plan`, then `farcopy prune --apply ID`, if that is meant',
    ),
  );
  // Of reasons that differ in their figures alone, one stands for all.
  const reasons = new Map<string, { readonly why: string; count: number }>();
  for (const [why, count] of (index?.counts ?? RetentionCounts.of(retention)).refused) {
    const key = fingerprint(why.replace(/\d+/g, '#'));
    const known = reasons.get(key) ?? { why, count: 0 };
    reasons.set(key, known);
    known.count += count;
  }
  const refused = [...reasons].map(([key, { why, count }]) =>
    fleetFinding(
      'prune-refused',
      key,
      subject,
      `it neither counts nor deletes ${count} ${count === 1 ? 'copy' : 'copies'}: ${why}`,
      '`farcopy prune --plan --json` names them (`.refused`)',
    ),
  );
  const due = retention.doomed.flatMap((doomed) => {
    const departure = departureOf(doomed, now);
    return departure.type === 'marked' ? [departure.after] : [];
  });
  const [first] = due.sort();
  const marked =
    first === undefined
      ? []
      : [
          fleetFinding(
            'prune-marked',
            'marked',
            subject,
            `${due.length} ${due.length === 1 ? 'copy is' : 'copies are'} marked, and may be deleted from ${first} on${prunes ? '' : ', once somebody runs `farcopy prune --run`: no schedule does'}`,
            '`farcopy hold` keeps what is to stay',
          ),
        ];
  return [...braked, ...refused, ...marked];
}

/** To the minute within a day, to the hour within ten, else in days: `2h30m`, `1d4h`, `12d`. */
export function ageText(seconds: number): string {
  const unit = seconds < 86_400 ? 60 : seconds < 10 * 86_400 ? 3600 : 86_400;
  return seconds < 60 ? 'a moment' : formatDuration(Math.floor(seconds / unit) * unit);
}
