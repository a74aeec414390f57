import { type KeyMetadata } from '@aws-sdk/client-kms';
import { type Organization } from '../../../clouds/aws/organizationOf';
import { type BucketState } from '../../../clouds/objectStore';
import { type BucketVault } from '../../../core/backup/policy';
import { type CopyDeletion } from '../../../core/kind';

/**
 * Something that keeps copies, and whether somebody who administers its account could still delete it. `yes` and `no` are proven by
 * what the account's own vault role may see; everything else is `not-provable`, with what would show it.
 */
export interface DeletableThing {
  readonly what: 'copies' | 'key' | 'exports' | 'objects';
  /** For people: `every snapshot in 111111111111 (eu-west-1)`. */
  readonly subject: string;
  /** Vaults of the fleet file whose copies need it, and places on the way to one. */
  readonly places: readonly string[];
  readonly deletable: 'yes' | 'no' | 'not-provable';
  readonly message: string;
  /** What shows it, and deletes nothing; null where there is nothing left to show. */
  readonly trial: string | null;
}

type Named = Pick<DeletableThing, 'subject' | 'places'>;

/** What stands above the administrators of an account. */
export interface Above {
  /** True where it is proven that no control policy of an organisation binds them. */
  readonly isNothing: boolean;
  readonly why: string;
}

/**
 * A service control policy binds every account of an organisation, root users included, but the management account
 * (Organizations User Guide, "Service control policies").
 */
export function aboveAccount(account: string, organization: Organization | null): Above {
  if (organization === null)
    return { isNothing: true, why: `${account} is of no organisation, so no control policy binds it` };
  const { id, managementAccount, hasPolicies } = organization;
  if (managementAccount === account)
    return { isNothing: true, why: `${account} is the management account of ${id}, which no control policy binds` };
  if (!hasPolicies)
    return { isNothing: true, why: `${id} only pays the bills of ${account}, and has no control policies` };
  return {
    isNothing: false,
    why: `whether a control policy of ${id} forbids it, only its management account ${managementAccount} can see`,
  };
}

/** Copies that a service keeps. */
export function copiesDeletable(
  named: Named,
  account: string,
  of: readonly CopyDeletion[],
  above: Above,
): DeletableThing {
  const actions = of.map(({ action }) => action).join(', ');
  const can = `an administrator of ${account} can delete it (${actions})`;
  return {
    what: 'copies',
    ...named,
    ...(above.isNothing
      ? {
          deletable: 'yes',
          message: `${can}, the root user at least: ${above.why}; the service has no lock`,
          trial: null,
        }
      : {
          deletable: 'not-provable',
          message: `${can}, unless a control policy forbids it: ${above.why}; the service has no lock`,
          trial: `as an administrator of ${account}: ${of.map(({ trial }) => trial).join('; ')} (denied: they are kept; not found: they could be deleted)`,
        }),
  };
}

type KeyState = Pick<KeyMetadata, 'KeyState' | 'DeletionDate' | 'Origin'>;

/** Without the key nothing under it can be read, locked or not. Waiting times: KMS API Reference, ScheduleKeyDeletion. */
export function keyDeletable(named: Named, key: string, { KeyState, DeletionDate, Origin }: KeyState): DeletableThing {
  const what = 'key';
  if (KeyState === 'PendingDeletion') {
    const when = DeletionDate?.toISOString().slice(0, 10) ?? 'a day that KMS does not tell';
    const message = `somebody has: it is deleted on ${when}, and nothing under it can be read from then on; cancel that`;
    return { what, ...named, deletable: 'yes', message, trial: null };
  }
  const outside =
    Origin === 'EXTERNAL'
      ? '; its material was imported, and can be taken away at once'
      : Origin === 'AWS_CLOUDHSM' || Origin === 'EXTERNAL_KEY_STORE'
        ? '; its material lies in a key store, whose administrators can take it away at once'
        : '';
  return {
    what,
    ...named,
    deletable: 'not-provable',
    message: `whom its policy, IAM and control policies let schedule its deletion makes all under it unreadable, after 7 to 30 days of waiting${outside}`,
    trial: `aws kms get-key-policy --policy-name default --key-id ${key}, and who may kms:ScheduleKeyDeletion by IAM`,
  };
}

type Lock = BucketVault['lock'];

/** How many days nobody can delete what is written, whoever it is; 0 where somebody could. */
function daysForAll(state: BucketState, lock: Lock): number {
  const byObject = lock?.mode === 'compliance' && state.locksObjects ? lock.days : 0;
  const byBucket = state.retentionIsFinal ? state.retentionSeconds / 86_400 : 0;
  return Math.max(byObject, byBucket);
}

const daysText = (days: number) => `${Math.round(days * 10) / 10} d`;

/**
 * Objects of a bucket of S3. In compliance mode nobody deletes a version before its time, but whoever closes the account
 * (S3 User Guide, "Object Lock").
 */
export function s3ObjectsDeletable(
  named: Named & Pick<DeletableThing, 'what'>,
  { account, bucket }: { readonly account: string; readonly bucket: string },
  state: BucketState,
  lock: Lock,
  above: Above,
): DeletableThing {
  const days = daysForAll(state, lock);
  if (days > 0)
    return {
      ...named,
      deletable: 'no',
      message: `nobody can within ${daysText(days)} of their writing, the root user of ${account} included, but by closing the account; and without their key nothing can be read`,
      trial: null,
    };
  const weak = [
    ...(lock?.mode === 'governance' || state.retentionSeconds > 0
      ? ['a lock in governance mode stops nobody who may s3:BypassGovernanceRetention']
      : []),
    ...(state.deletesNeedMfa ? ['versions are deleted with the MFA device of the root user only'] : []),
    ...(state.versioning ? ['older versions can be deleted too'] : []),
  ];
  const can = state.deletesNeedMfa
    ? `the root user of ${account} can delete them`
    : `an administrator of ${account} can delete them`;
  const told = [above.why, ...weak].join('; ');
  return {
    ...named,
    ...(above.isNothing
      ? { deletable: 'yes', message: `${can}: ${told}`, trial: null }
      : {
          deletable: 'not-provable',
          message: `${can}, unless a control policy forbids it: ${told}`,
          trial: `as an administrator of ${account}: aws s3api delete-object --bucket ${bucket} --key farcopy-is-not-there --version-id null (denied: it is kept; no error: it could be deleted)`,
        }),
  };
}

/** Objects of a bucket of Google Cloud: a locked retention can be neither shortened nor removed, of a bucket or of an object. */
export function gcsObjectsDeletable(named: Named, bucket: string, state: BucketState, lock: Lock): DeletableThing {
  const days = daysForAll(state, lock);
  const key = state.defaultKey === null ? '' : `; whoever destroys the key ${state.defaultKey} makes them unreadable`;
  if (days > 0)
    return {
      what: 'objects',
      ...named,
      deletable: 'no',
      message: `nobody can within ${daysText(days)} of their writing, the owner of the project included, but by deleting the project${key}`,
      trial: null,
    };
  const weak = [
    ...(lock?.mode === 'governance' ? ['locks in governance mode can be taken off'] : []),
    ...(state.retentionSeconds > 0 ? ['the retention policy of the bucket is not locked, and can be taken off'] : []),
    ...(state.versioning ? ['older versions can be deleted too'] : []),
    ...(state.softDeleteSeconds > 0 ? ['bringing back what was deleted can be switched off beforehand'] : []),
  ];
  return {
    what: 'objects',
    ...named,
    deletable: 'not-provable',
    message: `${['an owner of the project can delete them, unless a deny policy above the project forbids it', ...weak].join('; ')}${key}`,
    trial: `as an owner of the project: gcloud storage rm gs://${bucket}/farcopy-is-not-there (permission denied: it is kept; not found: it could be deleted)`,
  };
}

/** What cannot be looked at is neither proven nor disproven. */
export function unseen(named: Named & Pick<DeletableThing, 'what'>, message: string): DeletableThing {
  return {
    ...named,
    deletable: 'not-provable',
    message: `how it is set up could not be seen: ${message}`,
    trial: null,
  };
}
