import { type Resource, type ResourceKind } from '../../../../src/core/resource';
import {
  type Answer,
  type Answers,
  filterOf,
  type Input,
  maybeText,
  page,
  tagList,
  tagsIn,
  textOf,
  textsOf,
} from '../answers';
import { awsError } from '../awsError';
import { type CloudState } from '../cloudState';
import { firstOf } from '../databases';
import { type Form, forms, kindsOf, likenessOf, wordsOf } from '../forms';
import { fakeKeyArn, isDefaultKey } from '../keys';
import { type Place } from '../places';
import { type FakeSnapshot } from '../snapshots';

/** What RDS answers about snapshots: by order of the faults that the AWS emulator's sources tell (sandbox/aws/README.md). */
export const snapshotAnswers: Answers = Object.assign({}, ...forms.map(answersOf), {
  DescribeAccountAttributes: (_: Input, place: Place, cloud: CloudState): Answer => ({
    call: 'quotas',
    about: place.region,
    work: () => ({
      AccountQuotas: quotas.map(([AccountQuotaName, kinds]) => ({
        AccountQuotaName,
        Used: kinds.reduce((sum, kind) => sum + cloud.snapshots.byPlace.in(kind, place).size, 0),
        Max: cloud.snapshots.stockOf(place),
      })),
    }),
  }),
  AddTagsToResource: (input: Input, place: Place, cloud: CloudState): Answer => {
    const arn = textOf(input, 'ResourceName');
    return {
      call: 'tag',
      about: arn,
      work: () => {
        const found = byArn(cloud, arn);
        if (found === undefined || found.account !== place.account || found.region !== place.region)
          throw awsError('DBSnapshotNotFoundFault', `${arn} not found.`);
        Object.assign(found.tags, tagsIn(input));
        return {};
      },
    };
  },
}) as Answers;

/** AWS's names, with the kinds that count together. */
const quotas: readonly (readonly [string, readonly ResourceKind[]])[] = [
  ['ManualSnapshots', ['rds-instance']],
  ['ManualClusterSnapshots', ['aurora-cluster', 'multi-az-cluster']],
];

function answersOf(form: Form): Answers {
  const words = wordsOf[form];
  const { snapshot: noun } = words;
  const idMember = `${noun}Identifier`;

  return {
    [`Create${noun}`]: (input, place, cloud) => {
      const id = textOf(input, idMember);
      return {
        call: 'snapshot',
        about: id,
        work: () => ({ [noun]: described(cloud, create(form, cloud, place, id, input)) }),
      };
    },

    [`Copy${noun}`]: (input, place, cloud) => {
      const id = textOf(input, `Target${idMember}`);
      return {
        call: 'copy',
        about: id,
        work: () => ({ [noun]: described(cloud, copy(form, cloud, place, id, input)) }),
      };
    },

    [`Describe${noun}s`]: (input, place, cloud) => {
      const one = maybeText(input, idMember);
      const ids = one === undefined ? filterOf(input, words.snapshotFilter) : [one];
      return {
        call: ids === undefined ? 'listCopies' : 'progress',
        about: ids?.join(' ') ?? [noun, ...(filterOf(input, 'engine') ?? [])].join(' '),
        work: () => {
          const engines = filterOf(input, 'engine');
          const visible = ids?.flatMap((id) => visibleTo(form, cloud, place, id) ?? []);
          if (one !== undefined && visible?.length === 0) throw notFound(form, one);
          const kinds = kindsOf(form).filter((kind) => engines?.includes(likenessOf(kind).engine) !== false);
          const all = visible ?? kinds.flatMap((kind) => [...cloud.snapshots.byPlace.in(kind, place).values()]);
          return page(`${noun}s`, all, input, (snapshot) => described(cloud, snapshot));
        },
      };
    },

    [`Modify${noun}Attribute`]: (input, place, cloud) => {
      const id = textOf(input, idMember);
      const added = textsOf(input, 'ValuesToAdd');
      return {
        call: added.length > 0 ? 'share' : 'unshare',
        about: id,
        work: () => {
          const found = mustFind(form, cloud, place, id);
          if (cloud.snapshots.statusOf(found) !== 'available')
            throw awsError(`Invalid${noun}StateFault`, `The snapshot is not in the available state.`);
          if (added.length > 0 && found.keyArn !== null && isDefaultKey(found.keyArn))
            throw awsError(
              `Invalid${noun}StateFault`,
              'Sharing snapshots encrypted with the default service key for RDS is currently not supported.',
            );
          for (const account of added) found.sharedWith.add(account);
          for (const account of textsOf(input, 'ValuesToRemove')) found.sharedWith.delete(account);
          return {};
        },
      };
    },

    [`Describe${noun}Attributes`]: (input, place, cloud) => {
      const id = textOf(input, idMember);
      return {
        call: 'sharedWith',
        about: id,
        work: () => {
          const AttributeValues = [...mustFind(form, cloud, place, id).sharedWith];
          return {
            [`${noun}AttributesResult`]: { [`${noun}Attributes`]: [{ AttributeName: 'restore', AttributeValues }] },
          };
        },
      };
    },

    [`Delete${noun}`]: (input, place, cloud) => {
      const id = textOf(input, idMember);
      return {
        call: 'delete',
        about: id,
        work: () => {
          cloud.snapshots.remove(mustFind(form, cloud, place, id));
          return {};
        },
      };
    },
  };
}

function create(form: Form, cloud: CloudState, place: Place, id: string, input: Input): FakeSnapshot {
  const { database } = wordsOf[form];
  const name = textOf(input, `${database}Identifier`);
  const { databases, snapshots } = cloud;
  const source: Pick<Resource, 'kind' | 'status' | 'sizeGiB' | 'keyArn'> | undefined =
    databases.findResource(form, place, name) ?? restoredAsSource(form, cloud, place, name);
  if (source === undefined) throw awsError(`${database}NotFoundFault`, `${database} ${name} not found.`);
  requireFree(form, cloud, place, id);
  if (source.status !== 'available')
    throw awsError(
      `Invalid${database}StateFault`,
      `Cannot create a snapshot because the database ${name} is not currently in the available state.`,
    );
  const { kind, sizeGiB, keyArn } = source;
  return snapshots.begin(
    { type: 'snapshot', kind, account: place.account, region: place.region, id, sizeGiB },
    { keyArn, sourceArn: null, resourceId: name, tags: tagsIn(input) },
  );
}

function restoredAsSource(form: Form, { databases }: CloudState, place: Place, name: string) {
  const found = databases.findRestored(form, place, name);
  return found === undefined ? undefined : { ...found, status: databases.statusOf(found) };
}

function copy(form: Form, cloud: CloudState, place: Place, id: string, input: Input): FakeSnapshot {
  const { snapshot: noun } = wordsOf[form];
  const name = textOf(input, `Source${noun}Identifier`);
  const source = visibleTo(form, cloud, place, name);
  if (source === undefined) throw notFound(form, name);
  const { account, region } = place;
  const crossesRegions = source.region !== region;
  if (crossesRegions && source.account !== account && !cloud.singleStepCopy)
    throw awsError(
      'InvalidParameterCombination',
      'Copying a snapshot that is shared from another account to another region in one step is not supported.',
    );
  requireFree(form, cloud, place, id);
  if (cloud.snapshots.statusOf(source) !== 'available')
    throw awsError(`Invalid${noun}StateFault`, `Source snapshot ${name} is not in the available state.`);
  const { kind, sizeGiB, resourceId } = source;
  const made = cloud.snapshots.begin(
    { type: crossesRegions ? 'cross-region-copy' : 'copy', kind, account, region, id, sizeGiB },
    {
      keyArn: keyOfCopy(form, cloud, place, source, maybeText(input, 'KmsKeyId')),
      sourceArn: source.arn,
      resourceId,
      tags: tagsIn(input),
    },
  );
  source.readers.push(made);
  return made;
}

/** The key a copy is put under. */
function keyOfCopy(
  form: Form,
  cloud: CloudState,
  target: Place,
  source: FakeSnapshot,
  key: string | undefined,
): string | null {
  if (source.keyArn === null) {
    if (key === undefined) return null;
    if (!wordsOf[form].encryptsPlain)
      throw awsError(
        'InvalidParameterCombination',
        'KmsKeyId cannot be specified when copying an unencrypted DB cluster snapshot.',
      );
    return usable(cloud, target, fakeKeyArn(target, key), 'Specified KMS key');
  }
  if (key === undefined && source.region !== target.region)
    throw awsError('InvalidParameterValue', 'Must specify new KMS key for cross region encrypted snapshot copy.');
  if (key === undefined && source.account !== target.account) throw keyNotAccessible('Specified KMS key', 'none');
  usable(cloud, { ...target, region: source.region }, source.keyArn, 'The source snapshot KMS key');
  return key === undefined ? source.keyArn : usable(cloud, target, fakeKeyArn(target, key), 'Specified KMS key');
}

/** A key of the region that the account may use. */
export function usable({ forbidden }: CloudState, { account, region }: Place, arn: string, what: string): string {
  if (forbidden.has(`${arn} ${account}`) || arn.split(':')[3] !== region) throw keyNotAccessible(what, arn);
  return arn;
}

const keyNotAccessible = (what: string, arn: string) =>
  awsError(
    'KMSKeyNotAccessibleFault',
    `${what} [${arn}] does not exist, is not enabled or you do not have permissions to access it.`,
  );

function requireFree(form: Form, cloud: CloudState, place: Place, id: string): void {
  const { snapshot: noun } = wordsOf[form];
  if (findOwn(form, cloud, place, id) !== undefined)
    throw awsError(
      `${noun}AlreadyExistsFault`,
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
}

function findOwn(form: Form, { snapshots }: CloudState, place: Place, id: string): FakeSnapshot | undefined {
  return firstOf(kindsOf(form), (kind) => snapshots.byPlace.in(kind, place).get(id));
}

function mustFind(form: Form, cloud: CloudState, place: Place, id: string): FakeSnapshot {
  const found = findOwn(form, cloud, place, id);
  if (found === undefined) throw notFound(form, id);
  return found;
}

/** A snapshot of the account's own, or one that another shares with it and that is named by its ARN. */
export function visibleTo(form: Form, cloud: CloudState, place: Place, name: string): FakeSnapshot | undefined {
  if (!name.startsWith('arn:')) return findOwn(form, cloud, place, name);
  const found = byArn(cloud, name);
  if (found === undefined || likenessOf(found.kind).form !== form) return undefined;
  return found.account === place.account || found.sharedWith.has(place.account) ? found : undefined;
}

export function byArn(cloud: CloudState, arn: string): FakeSnapshot | undefined {
  const [, , , region = '', account = '', type, id = ''] = arn.split(':');
  const form = forms.find((one) => wordsOf[one].snapshotArnType === type);
  return form === undefined ? undefined : findOwn(form, cloud, { account, region }, id);
}

export function notFound(form: Form, id: string): Error {
  const { snapshot: noun } = wordsOf[form];
  return awsError(`${noun}NotFoundFault`, `${noun} ${id} not found.`, 404);
}

function described({ snapshots }: CloudState, snapshot: FakeSnapshot): object {
  const { form, engine, tellsTags } = likenessOf(snapshot.kind);
  const words = wordsOf[form];
  const status = snapshots.statusOf(snapshot);
  const { id, arn, startedAt, sizeGiB, keyArn, sourceArn, resourceId, tags } = snapshot;
  return {
    [`${words.snapshot}Identifier`]: id,
    [`${words.snapshot}Arn`]: arn,
    [`${words.database}Identifier`]: resourceId,
    SnapshotType: 'manual',
    Status: status === 'in-progress' ? (sourceArn === null ? 'creating' : 'copying') : status,
    PercentProgress: snapshots.percentOf(snapshot),
    SnapshotCreateTime: new Date(startedAt),
    AllocatedStorage: sizeGiB,
    [words.encrypted]: keyArn !== null,
    KmsKeyId: keyArn ?? undefined,
    [words.source]: sourceArn ?? undefined,
    Engine: engine,
    EngineVersion: '16.4',
    TagList: tellsTags ? tagList(tags) : undefined,
  };
}
