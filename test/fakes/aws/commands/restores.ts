import { type Answers, type Input, maybeText, tagList, tagsIn, textOf, textsOf } from '../answers';
import { awsError } from '../awsError';
import { type CloudState } from '../cloudState';
import { type FakeDatabase, firstOf } from '../databases';
import { type Form, likenessOf, wordsOf } from '../forms';
import { fakeKeyArn } from '../keys';
import { type Place } from '../places';
import { notFound, usable, visibleTo } from './snapshots';

/** What RDS answers to those who make databases of snapshots, change them and take them back. */
export const restoreAnswers: Answers = {
  RestoreDBClusterFromSnapshot: (input, place, cloud) => {
    const id = textOf(input, 'DBClusterIdentifier');
    return {
      call: 'restore',
      about: id,
      work: () => {
        restore('cluster', cloud, place, id, textOf(input, 'SnapshotIdentifier'), input);
        return {};
      },
    };
  },

  RestoreDBInstanceFromDBSnapshot: (input, place, cloud) => {
    const id = textOf(input, 'DBInstanceIdentifier');
    return {
      call: 'restore',
      about: aboutPlacement(id, input),
      work: () => {
        restore('instance', cloud, place, id, textOf(input, 'DBSnapshotIdentifier'), input);
        return {};
      },
    };
  },

  CreateDBInstance: (input, place, cloud) => {
    const id = textOf(input, 'DBInstanceIdentifier');
    return {
      call: 'addInstance',
      about: aboutPlacement(id, input),
      work: () => ({ DBInstance: addInstance(cloud, place, id, input) }),
    };
  },

  ModifyDBCluster: (input, place, cloud) => modify('cluster', cloud, place, input),
  ModifyDBInstance: (input, place, cloud) => modify('instance', cloud, place, input),
  AddRoleToDBCluster: (input, place, cloud) => addRole('cluster', cloud, place, input),
  AddRoleToDBInstance: (input, place, cloud) => addRole('instance', cloud, place, input),

  DeleteDBCluster: (input, place, cloud) => {
    const id = textOf(input, 'DBClusterIdentifier');
    return {
      call: 'remove',
      about: id,
      work: () => {
        const found = mustFind('cluster', cloud, place, id);
        if (found.instances.size > 0)
          throw awsError(
            'InvalidDBClusterStateFault',
            'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
          );
        return remove('cluster', cloud, place, found);
      },
    };
  },

  DeleteDBInstance: (input, place, cloud) => {
    const id = textOf(input, 'DBInstanceIdentifier');
    const cluster = firstOf(cloud.databases.restoredIn('cluster', place), (one) => one.instances.get(id) && one);
    return {
      call: cluster === undefined ? 'remove' : 'removeInstance',
      about: id,
      work: () => {
        if (cluster === undefined) return remove('instance', cloud, place, mustFind('instance', cloud, place, id));
        cluster.instances.delete(id);
        return {};
      },
    };
  },
};

/** A fault may be about an id, a class or a zone. */
const aboutPlacement = (id: string, input: Input) =>
  [id, textOf(input, 'DBInstanceClass'), textOf(input, 'AvailabilityZone')].join(' ');

const placementOf = (input: Input) => ({
  class: maybeText(input, 'DBInstanceClass'),
  zone: maybeText(input, 'AvailabilityZone'),
});

function restore(form: Form, cloud: CloudState, place: Place, id: string, name: string, input: Input): void {
  const { databases, snapshots } = cloud;
  const words = wordsOf[form];
  if (databases.findResource(form, place, id) ?? databases.findRestored(form, place, id))
    throw awsError(`${words.database}AlreadyExistsFault`, `${words.database} ${id} already exists`);
  const snapshot = visibleTo(form, cloud, place, name);
  if (snapshot === undefined || snapshot.region !== place.region) throw notFound(form, name);
  if (snapshots.statusOf(snapshot) !== 'available')
    throw awsError(`Invalid${words.snapshot}StateFault`, 'The snapshot is not in the available state.');
  if (snapshot.keyArn !== null && snapshot.account !== place.account && !likenessOf(snapshot.kind).restoresShared)
    throw awsError(
      `Invalid${words.snapshot}StateFault`,
      'A shared encrypted snapshot cannot be restored. Copy it and restore the copy.',
    );
  if (snapshot.keyArn !== null) usable(cloud, place, snapshot.keyArn, 'The source snapshot KMS key');
  const key = maybeText(input, 'KmsKeyId');
  const keyArn =
    key === undefined ? snapshot.keyArn : usable(cloud, place, fakeKeyArn(place, key), 'Specified KMS key');
  databases.addRestored({
    kind: snapshot.kind,
    account: place.account,
    region: place.region,
    ...databases.begin(id, place, words.arnType, placementOf(input)),
    keyArn,
    source: name,
    port: Number(input.Port ?? 5432),
    subnetGroup: maybeText(input, 'DBSubnetGroupName') ?? null,
    securityGroups: textsOf(input, 'VpcSecurityGroupIds'),
    parameterGroup: maybeText(input, `${words.parameterGroup}Name`) ?? null,
    sizeGiB: snapshot.sizeGiB,
    tags: tagsIn(input),
  });
}

function addInstance(cloud: CloudState, place: Place, id: string, input: Input): object {
  const { databases } = cloud;
  const cluster = mustFind('cluster', cloud, place, textOf(input, 'DBClusterIdentifier'));
  if (databases.restoredIn('cluster', place).some(({ instances }) => instances.has(id)))
    throw awsError('DBInstanceAlreadyExists', 'DB instance already exists');
  if (databases.statusOf(cluster) !== 'available')
    throw awsError('InvalidDBClusterStateFault', `${cluster.id} is not available`);
  const made = { ...databases.begin(id, place, 'db', placementOf(input)), tags: tagsIn(input) };
  cluster.instances.set(id, made);
  return {
    DBInstanceIdentifier: id,
    DBInstanceArn: made.arn,
    DBInstanceStatus: databases.statusOf(made),
    DBInstanceClass: made.class,
    AvailabilityZone: made.zone ?? undefined,
    TagList: tagList(made.tags),
  };
}

function modify(form: Form, cloud: CloudState, place: Place, input: Input) {
  const id = textOf(input, `${wordsOf[form].database}Identifier`);
  return {
    call: 'finish' as const,
    about: id,
    work: () => {
      const found = mustFind(form, cloud, place, id);
      if (typeof input.DeletionProtection === 'boolean') found.protected = input.DeletionProtection;
      return {};
    },
  };
}

function addRole(form: Form, cloud: CloudState, place: Place, input: Input) {
  const id = textOf(input, `${wordsOf[form].database}Identifier`);
  return {
    call: 'addRole' as const,
    about: id,
    work: () => {
      const arn = textOf(input, 'RoleArn');
      const { roles } = mustFind(form, cloud, place, id);
      if (roles.some((role) => role.arn === arn))
        throw awsError(`${wordsOf[form].database}RoleAlreadyExists`, `${arn} is attached already`);
      roles.push({ arn, feature: maybeText(input, 'FeatureName') ?? null });
      return {};
    },
  };
}

function remove(form: Form, { databases }: CloudState, place: Place, found: FakeDatabase): object {
  if (found.protected)
    throw awsError(
      'InvalidParameterCombination',
      `Cannot delete protected ${form === 'cluster' ? 'Cluster' : 'DB Instance'}, please disable deletion protection and try again.`,
    );
  databases.restored.in(found.kind, place).delete(found.id);
  return {};
}

function mustFind(form: Form, { databases }: CloudState, place: Place, id: string): FakeDatabase {
  const found = databases.findRestored(form, place, id);
  if (found !== undefined) return found;
  const { database } = wordsOf[form];
  throw awsError(`${database}NotFoundFault`, `${database} ${id} not found.`, 404);
}
