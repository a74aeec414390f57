import { applicationFailure } from '../../core/applicationFailure';
import { type Copy, type CopyRef, copyTags, isHeld, type Scope, temporaryRetention } from '../../core/catalogue/copy';
import { recoveryPointTags } from '../../core/backup/recoveryPointTags';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { isOwned } from '../../core/restore/restoreOwnership';
import { type StepResult, type StepStarted, type VerifiedCopy } from '../../core/steps/stepResult';
import { type CopyOperations, type Operation, type StepCall, type Unfinished } from '../kind';

export interface CopyStepDependencies {
  readonly copies: CopyOperations;
  /** ARN of the key an id, alias or ARN names in a scope. */
  readonly keyArn: (scope: Scope, key: string) => Promise<string>;
}

/** The steps `snapshot`, `copy` and `share` of kinds whose copies the service itself keeps. */
export function copySteps(dependencies: CopyStepDependencies): Record<'snapshot' | 'copy' | 'share', Operation> {
  const { copies } = dependencies;
  const look = (call: StepCall, handle: CopyRef) => lookAtCopy(dependencies, call, handle);
  const undo: Operation['undo'] = (call, handle, cancelled = false) => removeCopy(copies, call, { handle, cancelled });

  const begin = async (call: StepCall, start: () => Promise<Copy>): Promise<StepStarted> => {
    const copy = await start();
    const { step, signal } = call;
    const ownership = ownershipOf(call);
    // What an earlier restore has left behind is this one's from now on.
    if (Object.keys(ownership).length > 0 && !isOwned(copy.tags, ownership))
      await copies.tag(copy, step.scope, ownership, signal);
    return { handle: refOf(copy) };
  };

  return {
    snapshot: {
      names: {},
      start: (call) =>
        begin(call, () =>
          copies.snapshot(
            { resource: call.identity.resource, marker: call.step.marker, tags: initialTags(call) },
            call.signal,
          ),
        ),
      look,
      undo,
    },
    copy: {
      names: { key: 'key' },
      start: (call) =>
        begin(call, () => {
          const { step, input, signal } = call;
          const key = typeof input.key === 'string' ? input.key : null;
          return copies.copy(
            { source: sourceOf(call), target: step.scope, marker: step.marker, key, tags: initialTags(call) },
            signal,
          );
        }),
      look,
      undo,
    },
    share: {
      names: { shareWith: 'shared-with' },
      async start(call) {
        const source = sourceOf(call);
        await sharingOf(copies, call).share(source, call.step.scope, sharedWith(call), call.signal);
        return { handle: refOf(source), result: {} };
      },
      async undo(call) {
        // What the vaults are let read all the time is not this plan's to take back.
        if (!call.step.temporary || call.source === null) return;
        await sharingOf(copies, call).unshare(call.source, call.step.scope, sharedWith(call), call.signal);
      },
    },
  };
}

async function lookAtCopy(
  dependencies: CopyStepDependencies,
  call: StepCall,
  handle: CopyRef,
): Promise<Unfinished | StepResult> {
  const { copies } = dependencies;
  const { step, source, signal } = call;
  const found = await copies.progress(handle, step.scope, signal);
  switch (found.status) {
    case 'available':
      break;
    case 'failed':
      throw applicationFailure(
        failureTypes.operationFailed,
        `${found.arn}: the service reports it as failed${found.reason === undefined ? '' : `: ${found.reason}`}; the next recovery point makes it anew, see docs/runbook.md#a-copy-has-failed`,
      );
    case 'deleting':
      throw applicationFailure(failureTypes.operationFailed, `${found.arn}: someone is deleting it`);
    case 'in-progress':
    case 'other':
      return unfinished(found);
  }
  await proveExists(dependencies, found, call);
  const dataTime = source === null ? found.createdAt : source.dataTime;
  if (dataTime === null) return unfinished(found);
  const [, recordedAt] = (found.tags[copyTags.verified] ?? '').split(' ');
  const verifiedAt = recordedAt ?? new Date(call.now).toISOString();
  if (recordedAt === undefined)
    await copies.tag(
      found,
      step.scope,
      { [copyTags.dataTime]: dataTime, [copyTags.verified]: `exists ${verifiedAt}` },
      signal,
    );
  const { keyArn, sizeGiB } = found;
  return { copy: { ...refOf(found), place: step.place ?? '', keyArn, sizeGiB, dataTime, verifiedAt } };
}

/** Level `exists`: it is there, whole, ours, of the right source, and under the right key. */
async function proveExists({ keyArn }: CopyStepDependencies, found: Copy, call: StepCall): Promise<void> {
  const { step, input, source } = call;
  const wrong = [...foreignTags(found, call), ...foreignOrigin(found, call)];
  // A copy that an earlier try made of another snapshot of the same scheduled time holds other data.
  const dataTime = found.tags[copyTags.dataTime];
  if (source !== null && dataTime !== source.dataTime)
    wrong.push(`its data is of ${dataTime ?? 'an unknown time'} instead of ${source.dataTime}`);
  if (source !== null && found.sizeGiB < source.sizeGiB)
    wrong.push(`it holds ${found.sizeGiB} GiB of ${source.sizeGiB}`);
  if (typeof input.key === 'string') {
    const expected = await keyArn(step.scope, input.key);
    if (found.keyArn !== expected) wrong.push(`its key is ${found.keyArn ?? 'none'} instead of ${expected}`);
  }
  if (wrong.length > 0) throw applicationFailure(failureTypes.verificationFailed, `${found.arn}: ${wrong.join('; ')}`);
}

/**
 * Removes what is half made, and what was made for a while; a copy that is whole and stays is left alone. Of a step that was
 * cancelled, one of its own that nobody has proven yet is half made: no later recovery point would find it. One that was there before
 * may be the only one of its time.
 */
async function removeCopy(
  copies: CopyOperations,
  call: StepCall,
  { handle, cancelled }: { readonly handle: CopyRef | null; readonly cancelled: boolean },
): Promise<void> {
  const { identity, step, signal } = call;
  const found =
    handle === null
      ? await copies.find(step.marker, step.scope, signal)
      : await unlessNotFound(copies.progress(handle, step.scope, signal));
  if (found === null) return;
  if (step.temporary && found.status === 'available') {
    if (isHeld(found)) return;
    if (found.tags[copyTags.retention] !== temporaryRetention || found.tags[copyTags.fleet] !== identity.fleet)
      throw applicationFailure(
        failureTypes.conflict,
        `${found.arn}: not an intermediate copy of fleet ${identity.fleet}, left alone`,
      );
    await copies.delete(found, step.scope, signal);
  } else if (foreignTags(found, call).length === 0) {
    if (cancelled && found.status === 'available' && isExpendable(found, call)) {
      // Someone may have held or proven it meanwhile.
      const now = await unlessNotFound(copies.progress(found, step.scope, signal));
      if (now !== null && isExpendable(now, call)) await copies.delete(now, step.scope, signal);
    } else await copies.cancel(found, step.scope, signal);
  }
}

/** Made by this execution as far as is known, never proven, and held by nobody. */
function isExpendable(copy: Copy, { begunAt }: StepCall): boolean {
  const { tags, createdAt } = copy;
  if (createdAt === null || begunAt === undefined || !(Date.parse(createdAt) >= begunAt)) return false;
  return tags[copyTags.verified] === undefined && !isHeld(copy);
}

/** Tags of a copy as it begins; the proof comes later. */
export function initialTags(call: StepCall): Record<string, string> {
  const { identity, step, source } = call;
  const retention = step.temporary ? temporaryRetention : identity.tier;
  return {
    ...ownershipOf(call),
    ...recoveryPointTags(identity, step.place ?? '', source?.dataTime ?? null, retention),
  };
}

/** The tags of a restore: whatever it says, it does not say what a copy is. */
function ownershipOf({ ownership }: StepCall): Readonly<Record<string, string>> {
  const identifying: readonly string[] = Object.values(copyTags);
  return Object.fromEntries(Object.entries(ownership ?? {}).filter(([name]) => !identifying.includes(name)));
}

/** Seconds between clocks, and whole minutes between what is asked for and what a service writes down. */
const clockToleranceMilliseconds = 5 * 60_000;

/**
 * What the service itself tells of where a copy comes from, and when: tags can be written by anyone who owns the account. A copy of
 * an old snapshot under the marker of a new one is no new one.
 */
function foreignOrigin({ sourceArn, createdAt, takenAt }: Copy, { identity, source, now }: StepCall): string[] {
  const differs = (a: string, b: string) => Math.abs(Date.parse(a) - Date.parse(b)) > clockToleranceMilliseconds;
  if (source !== null)
    return [
      ...(sourceArn === null || sourceArn === source.arn ? [] : [`it was copied from ${sourceArn}`]),
      ...(takenAt === undefined || !differs(takenAt, source.dataTime) ? [] : [`its data was taken at ${takenAt}`]),
    ];
  const { scheduledTime } = identity;
  const isDue = Date.parse(scheduledTime) <= now;
  const isOld = (time: string) => isDue && Date.parse(time) + clockToleranceMilliseconds < Date.parse(scheduledTime);
  return [
    ...(sourceArn === null ? [] : [`it was copied from ${sourceArn}`]),
    ...(takenAt !== undefined && createdAt !== null && differs(takenAt, createdAt)
      ? [`it is a copy of what was taken at ${takenAt}`]
      : []),
    ...(createdAt !== null && isOld(createdAt)
      ? [`it was taken at ${createdAt}, before the time that it is to be of`]
      : []),
  ];
}

/** Which of the tags that make a copy this one are missing or different. */
function foreignTags(found: Copy, call: StepCall): string[] {
  const tags = initialTags(call);
  return [copyTags.fleet, copyTags.resource, copyTags.recoveryPoint]
    .filter((name) => found.tags[name] !== tags[name])
    .map((name) => `tag ${name} is ${found.tags[name] ?? 'missing'}`);
}

const unfinished = ({ id, rawStatus, percent }: Copy): Unfinished => ({ id, rawStatus, percent });

export function refOf({ kind, account, region, id, arn }: CopyRef): CopyRef {
  return { kind, account, region, id, arn };
}

export function sourceOf({ step, source }: StepCall): VerifiedCopy {
  if (source === null)
    throw applicationFailure(failureTypes.invalidInput, `${step.id}: there is no verified copy for it to read`);
  return source;
}

function sharingOf(copies: CopyOperations, { step }: StepCall) {
  if (copies.sharing === undefined)
    throw applicationFailure(failureTypes.invalidInput, `${step.id}: copies of this kind cannot be shared`);
  return copies.sharing;
}

function sharedWith({ step, input }: StepCall): string {
  if (typeof input.shareWith !== 'string')
    throw applicationFailure(failureTypes.invalidInput, `${step.id}: shares with nobody`);
  return input.shareWith;
}

async function unlessNotFound<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (failureTypeOf(error) === failureTypes.notFound) return null;
    throw error;
  }
}
