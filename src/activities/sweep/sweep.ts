import { Context } from '@temporalio/activity';
import { type Client as TemporalClient } from '@temporalio/client';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { type Copy, copyTags, isHeld, type Scope, temporaryRetention } from '../../core/catalogue/copy';
import { drillOfTags, drillTagsOf, ownerOfComment, scratchDatabasePattern } from '../../core/drill/drillScratch';
import { failureTypes } from '../../core/failure';
import { type KindDescription } from '../../core/kind';
import { copyIdentifierPrefix, recoveryPointWorkflowId, restoreWorkflowId } from '../../core/naming';
import { type ResourceKind } from '../../core/resource';
import { isOwned, restoreTags, tagValue } from '../../core/restore/restoreOwnership';
import { isSameShare, sharesOf, sharesStillRead } from '../../core/restore/lentShares';
import { inParallel } from '../../core/inParallel';
import { whyLast, whyLasting, whyRead, whyYoung } from '../../core/sweep/intermediates';
import {
  type Found,
  type Kept,
  type Leftover,
  leftoverText,
  placeText,
  type RunState,
  type SweepPlace,
  told,
  whyKept,
} from '../../core/sweep/sweep';
import { postgresFailure } from '../../postgres/postgresFailure';
import { type ConnectedKinds, type KindOperations, type Sharing } from '../../kinds/kind';
import { beating } from '../beating';
import { type FleetScope } from '../../core/fleetScope';
import { copyThere } from '../catalogue/copyThere';
import { askEachKind } from '../catalogue/askEachKind';
import { drillScratchActivities } from '../drill/drillScratch';
import { openServer } from '../drill/drillServer';
import { type PasswordDependencies } from '../restore/serverPassword';
import { OtherCopies } from './otherCopies';
import { plansOfRestores } from './plansOfRestores';
import { shareInUse } from './shareInUse';
import { vaultScopes } from '../catalogue/fleetScopes';
import { isRunId, type Run, runState, workflowState } from './runState';
import { serverTime } from '../serverTime';
import { type SweepActivities } from './sweepContracts';

export interface SweepDependencies extends PasswordDependencies {
  readonly fleet: Fleet;
  readonly kinds: ConnectedKinds;
  /** Every account and region whose resources are protected. */
  readonly scopes: (signal?: AbortSignal) => Promise<readonly FleetScope[]>;
}

/** The activities behind `sweepRestores`: what they may touch is marked as scratch or as temporary, and nothing else. */
export function sweepActivities(dependencies: SweepDependencies): SweepActivities {
  const { fleet, kinds } = dependencies;
  const { dropScratchDatabase } = drillScratchActivities(dependencies);
  const vaultAccounts = vaultAccountsOf(fleet);

  return {
    planSweep: async () => ({
      places: sweepPlaces(fleet, await dependencies.scopes(aborted())),
      pollSeconds: fleet.polling.shortestSeconds,
    }),

    findLeftovers: (place) =>
      beating(async () => {
        const sorting = new Sorting(
          fleet,
          Context.current().client,
          serverTime(),
          new OtherCopies(fleet, kinds, aborted()),
        );
        const eachKind = async (scope: Scope, look: (kind: KindOperations, scope: Scope) => Promise<void>) => {
          const unlisted = await askEachKind(kinds.all, (one) => look(one, scope));
          for (const { kind, message } of unlisted)
            sorting.leftAlone(`whatever there is of ${kind} (${scope.account}/${scope.region})`, message);
        };
        switch (place.type) {
          case 'scratch-account':
            await eachKind(place.scope, async ({ description, leftovers }, scope) => {
              for await (const page of leftovers?.list(scope, aborted()) ?? [])
                for (const { type, id, title, isRestored, tags } of page) {
                  const thing = { type, id };
                  await sorting.scratch(
                    tags,
                    { type: 'thing', kind: description.name, thing, title, isRestored, scope },
                    async () => (await leftovers?.isProtected(thing, scope, aborted())) ?? false,
                  );
                }
            });
            break;
          case 'copies':
            await eachKind(place.scope, async ({ copies, description }, scope) => {
              const lent: Copy[] = [];
              for await (const page of copies?.list(scope, aborted()) ?? [])
                for (const copy of page) {
                  await sorting.copy(copy, scope, description);
                  if (scope.access === 'source' && sorting.mayBeLent(copy)) lent.push(copy);
                }
              await inParallel(lent, sharesAtOnce, (copy) => sorting.shares(copy, scope, copies?.sharing));
            });
            break;
          case 'scratch-server':
            for (const { name, comment } of await scratchDatabases(place, dependencies))
              await sorting.scratchDatabase(name, comment, place);
            break;
          case 'restores':
            await findLent(sorting, kinds, fleet.name);
        }
        return told(sorting.found, placeText(place));
      }),

    async removeLeftover(leftover) {
      switch (leftover.type) {
        case 'thing': {
          const { kind, thing, isRestored, scope, owner } = leftover;
          const ownership = { ...drillTagsOf(owner), ...(isRestored ? restoredAs(kind, thing.id, scope) : {}) };
          await kinds.of(kind).leftovers?.remove(thing, scope, ownership, aborted());
          return;
        }
        case 'scratch-database':
          return dropScratchDatabase(leftover);
        case 'copy': {
          const { kind, id, scope, ownership } = leftover;
          const copies = kinds.copiesOf(kind);
          const found = await copyThere(copies, { id }, scope, aborted());
          if (found === null || !isTemporary(found, fleet.name) || !isOwned(found.tags, ownership)) return;
          if (!(restoreTags.restore in ownership)) {
            if (whyYoung(found, serverTime()) !== null || whyLasting(found, vaultNames(fleet)) !== null) return;
            if (await isBeingMade(found)) return;
          }
          return copies.delete(found, scope, aborted());
        }
        case 'share': {
          // A restore that has begun since may have lent it again.
          const { readers, silent } = await shareInUse(fleet.name, leftover);
          if (silent.length > 0) throw applicationFailure(failureTypes.notReady, readBySilent(silent));
          if (readers.length > 0) return;
          const { copy, scope, account } = leftover;
          const copies = kinds.copiesOf(copy.kind);
          if (scope.access === 'source') {
            const found = await copyThere(copies, copy, scope, aborted());
            if (await isBeingMade(found)) return;
            // Where a vault may read what someone holds now, a person may be about to bring it there.
            if (found !== null && vaultAccounts.has(account) && isHeld(found)) return;
          }
          return copies.sharing?.unshare(copy, scope, account, aborted());
        }
      }
    },
  };
}

/** What a sweeper has not found in a week, with one look an hour, it will not find. */
const rememberedMilliseconds = 7 * 24 * 3600_000;

/** One call for each copy that may be shared. */
const sharesAtOnce = 8;

/** Drills' targets, and wherever restores of the fleet make copies on their way to those or to anywhere near. */
export function sweepPlaces(fleet: Fleet, sources: readonly FleetScope[]): SweepPlace[] {
  const places = new Map<string, SweepPlace>();
  const copies = (scope: Scope) =>
    places.set(`copies ${scope.access} ${scope.account}/${scope.region}`, { type: 'copies', scope });
  const lenders: Scope[] = [
    ...sources.map((scope): Scope => ({ ...scope, access: 'source' })),
    ...vaultScopes(fleet, sources).map((scope): Scope => ({ ...scope, access: 'lender' })),
  ];
  for (const lender of lenders) copies(lender);
  for (const { from, to: target } of fleet.tiers.flatMap(({ drills }) => drills))
    if (target.type === 'aws') {
      const { account, region } = target;
      const scope: Scope = { account, region, access: 'restore' };
      places.set(`account ${account}/${region}`, { type: 'scratch-account', scope });
      copies(scope);
      // A role may have no business in regions where nothing of it is restored.
      for (const lender of lenders)
        if (from === null || (from === 'source') === (lender.access === 'source')) copies({ ...lender, region });
    } else {
      const { url, secret } = target;
      places.set(`server ${url}`, { type: 'scratch-server', url, secret });
    }
  return [...places.values(), { type: 'restores' }];
}

/** Sorts what is found into what nobody needs any more and what is left alone; each run is asked for once. */
class Sorting {
  private readonly orphans = new Map<string, Leftover>();
  private readonly kept = new Map<string, Kept>();
  private readonly asked = new Map<string, Promise<RunState>>();
  private readonly vaultAccounts: ReadonlySet<string>;

  constructor(
    private readonly fleet: Fleet,
    private readonly client: TemporalClient,
    private readonly now: number,
    private readonly others: OtherCopies,
  ) {
    this.vaultAccounts = vaultAccountsOf(fleet);
  }

  get found(): Found {
    return { orphans: [...this.orphans.values()], kept: [...this.kept.values()] };
  }

  /** What a drill has tagged; everything else is somebody's. */
  async scratch(
    tags: Readonly<Record<string, string>>,
    thing: Omit<Extract<Leftover, { type: 'thing' }>, 'owner'>,
    isProtected: () => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<void> {
    const owner = drillOfTags(tags);
    if (owner === null || owner.fleet !== this.fleet.name) return;
    const leftover: Leftover = { ...thing, owner };
    // Snapshots take over the tags of a database, and what is restored of them takes over theirs.
    if (thing.isRestored && !isOwned(tags, restoredAs(thing.kind, thing.thing.id, thing.scope)))
      this.leftAlone(leftoverText(leftover), 'it bears another name than what the drill of its tags has restored');
    else
      await this.sort(leftover, owner, owner.since, async () =>
        (await isProtected()) ? 'it is protected from deletion' : null,
      );
  }

  async scratchDatabase(
    name: string,
    comment: string | null,
    { url, secret }: { readonly url: string; readonly secret: string | null },
  ): Promise<void> {
    const owner = ownerOfComment(comment);
    if (owner === null) this.leftAlone(`database ${name} of ${new URL(url).host}`, 'no comment tells whose it is');
    else if (owner.fleet === this.fleet.name)
      await this.sort({ type: 'scratch-database', name, url, secret, owner }, owner, owner.since);
  }

  /** A copy that a restore or a recovery point has made on its way. */
  async copy(copy: Copy, scope: Scope, { capabilities }: Pick<KindDescription, 'capabilities'>): Promise<void> {
    const { [restoreTags.restore]: workflowId, [restoreTags.run]: runId } = copy.tags;
    // A database that is restored of such a copy may hand its tags on to whatever a person makes of it.
    if (capabilities.names === 'chosen' && !copy.id.startsWith(copyIdentifierPrefix)) return;
    if (!isTemporary(copy, this.fleet.name)) return;
    const { kind, id, createdAt } = copy;
    if (workflowId !== undefined && runId !== undefined) {
      const ownership = { [restoreTags.restore]: workflowId, [restoreTags.run]: runId };
      await this.sort({ type: 'copy', kind, id, scope, ownership }, { workflowId, runId }, createdAt);
    } else if (workflowId === undefined && runId === undefined) {
      const ownership = { [copyTags.recoveryPoint]: copy.tags[copyTags.recoveryPoint] ?? '' };
      await this.interrupted({ type: 'copy', kind, id, scope, ownership }, copy, scope);
    }
  }

  /** Whether it is worth a call to ask which vaults may read a copy at its source: they do only while they copy it. */
  mayBeLent(copy: Copy): boolean {
    const { createdAt, tags } = copy;
    if (tags[copyTags.fleet] !== this.fleet.name || isTemporary(copy, this.fleet.name) || isHeld(copy)) return false;
    return createdAt === null || this.now - Date.parse(createdAt) < rememberedMilliseconds;
  }

  /** What vault accounts may read of a copy. */
  async shares(copy: Copy, scope: Scope, sharing: Sharing | undefined): Promise<void> {
    if (sharing === undefined || (await this.stateOfRecoveryPoint(copy)) === 'running') return;
    const { kind, account: owner, region, id, arn } = copy;
    const lent = { copy: { kind, account: owner, region, id, arn }, scope };
    for (const account of await sharing.sharedWith(copy, scope, aborted())) {
      if (!this.vaultAccounts.has(account)) continue;
      const share: Leftover = { type: 'share', ...lent, account };
      const { readers, silent } = await shareInUse(this.fleet.name, share);
      if (readers.length > 0) this.leftAlone(leftoverText(share), 'another restore reads it');
      else if (silent.length > 0) this.leftAlone(leftoverText(share), readBySilent(silent));
      else await this.interrupted(share, copy, scope);
    }
  }

  orphaned(leftover: Leftover): void {
    this.orphans.set(leftoverText(leftover), leftover);
  }

  leftAlone(what: string, why: string): void {
    // Kinds of one service find the same things.
    this.kept.set(`${what} ${why}`, { what, why });
  }

  private async sort(
    leftover: Leftover,
    run: Run,
    since: string | null,
    whyStays: () => Promise<string | null> = () => Promise.resolve(null),
  ): Promise<void> {
    const why =
      run.workflowId !== '' && isRunId(run.runId)
        ? (whyKept(await this.stateOf(run), since, this.now) ?? (await whyStays()))
        : `its tags name no run: ${run.workflowId} ${run.runId}`;
    if (why === null) this.orphaned(leftover);
    else this.leftAlone(leftoverText(leftover), why);
  }

  /** What a recovery point that has ended had for a while. While it is being made it gives all of that back by itself. */
  private async interrupted(leftover: Leftover, copy: Copy, scope: Scope): Promise<void> {
    const state = await this.stateOfRecoveryPoint(copy);
    if (state === null || state === 'running') return;
    const isCopy = leftover.type === 'copy';
    const why =
      (isCopy ? whyLasting(copy, vaultNames(this.fleet)) : null) ??
      whyYoung(copy, this.now) ??
      (await this.whyNeeded(copy, scope, isCopy));
    if (why === null) this.orphaned(leftover);
    else this.leftAlone(leftoverText(leftover), why);
  }

  private async whyNeeded(copy: Copy, scope: Scope, isCopy: boolean): Promise<string | null> {
    const others = await this.others.of(copy, scope);
    return whyRead(others) ?? (isCopy ? whyLast(copy, others, this.vaultAccounts) : null);
  }

  private stateOf(run: Run) {
    return this.askOnce(run.runId, () => runState(this.client, run));
  }

  /** Null where its tags name none. */
  private async stateOfRecoveryPoint(copy: Copy): Promise<RunState | null> {
    const workflowId = makerOf(copy);
    return workflowId === null ? null : this.askOnce(workflowId, () => workflowState(this.client, workflowId));
  }

  private askOnce(id: string, ask: () => Promise<RunState>): Promise<RunState> {
    let asked = this.asked.get(id);
    if (asked === undefined) this.asked.set(id, (asked = ask()));
    return asked;
  }
}

/** The workflow that makes the recovery point of a copy. */
function makerOf({ tags }: Copy): string | null {
  const recoveryPoint = tags[copyTags.recoveryPoint];
  return recoveryPoint === undefined || recoveryPoint === '' ? null : recoveryPointWorkflowId(recoveryPoint);
}

/** Whether a recovery point has begun again since one of its copies was found. */
async function isBeingMade(copy: Copy | null): Promise<boolean> {
  const workflowId = copy && makerOf(copy);
  return workflowId !== null && (await workflowState(Context.current().client, workflowId)) === 'running';
}

/** What restores that have ended without success had planned to give back. */
async function findLent(sorting: Sorting, kinds: ConnectedKinds, fleet: string): Promise<void> {
  const { client } = Context.current();
  const since = new Date(serverTime() - rememberedMilliseconds);
  const { restores: ended, silent } = await plansOfRestores(client, fleet, { endedSince: since });
  // Asked last: one that has begun meanwhile must be among those that still need something.
  const { restores: running, silent: busy } = await plansOfRestores(client, fleet, 'running');
  for (const workflowId of [...silent, ...busy])
    sorting.leftAlone(`what restore ${workflowId} was lent`, 'it gave no answer');
  const needed = running.flatMap(({ plan, steps }) => sharesStillRead(plan, steps));
  for (const { plan } of ended) {
    for (const lent of sharesOf(plan)) {
      const share: Leftover = { type: 'share', ...lent };
      const { copy, scope, account } = share;
      const { sharing } = kinds.copiesOf(copy.kind);
      if (!(await sharing?.sharedWith(copy, scope, aborted()))?.includes(account)) continue;
      if (needed.some((one) => isSameShare(one, lent)))
        sorting.leftAlone(leftoverText(share), 'another restore reads it');
      else if (busy.length > 0) sorting.leftAlone(leftoverText(share), readBySilent(busy));
      else sorting.orphaned(share);
    }
    const { copies, description } = kinds.of(plan.resource.kind);
    for (const { type, marker, scope, temporary } of plan.steps) {
      const copy = type === 'copy' && temporary ? await copies?.find(marker, scope, aborted()) : undefined;
      if (copy) await sorting.copy(copy, scope, description);
    }
  }
}

function readBySilent(workflowIds: readonly string[]): string {
  return `a restore that gives no answer may be reading it: ${workflowIds.join(', ')}`;
}

function isTemporary(copy: Copy, fleet: string): boolean {
  const { tags } = copy;
  return tags[copyTags.fleet] === fleet && tags[copyTags.retention] === temporaryRetention && !isHeld(copy);
}

const vaultNames = ({ vaults }: Fleet): readonly string[] => vaults.map(({ name }) => name);

const vaultAccountsOf = ({ vaults }: Fleet): ReadonlySet<string> => new Set(vaults.map(({ account }) => account));

/** The tag that the restore of a database under this very name gives it. */
function restoredAs(kind: ResourceKind, id: string, { account, region }: Scope): Readonly<Record<string, string>> {
  return { [restoreTags.restore]: tagValue(restoreWorkflowId({ kind, account, region, id })) };
}

async function scratchDatabases(
  server: { readonly url: string; readonly secret: string | null },
  dependencies: PasswordDependencies,
): Promise<{ readonly name: string; readonly comment: string | null }[]> {
  const client = await openServer(server, dependencies, aborted());
  try {
    const { rows } = await client.query<{ name: string; comment: string | null }>(
      `SELECT datname AS name, pg_catalog.shobj_description(oid, 'pg_database') AS comment FROM pg_catalog.pg_database ORDER BY datname`,
    );
    return rows.filter(({ name }) => scratchDatabasePattern.test(name));
  } catch (error) {
    throw postgresFailure(error, `listing the databases of ${new URL(server.url).host}`);
  } finally {
    await client.end();
  }
}

function aborted(): AbortSignal {
  return Context.current().cancellationSignal;
}
