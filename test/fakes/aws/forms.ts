import { type ResourceKind } from '../../../src/core/resource';

/** RDS has two families of calls: those for clusters, and those for instances. */
export type Form = 'cluster' | 'instance';

/** The words that the two families differ in. */
export interface FormWords {
  /** `DBCluster`: names of calls, of their members and of their errors are made of it. */
  readonly database: string;
  readonly snapshot: string;
  readonly arnType: string;
  readonly snapshotArnType: string;
  readonly encrypted: string;
  readonly source: string;
  readonly snapshotFilter: string;
  readonly parameterGroup: string;
  readonly parameterGroupArnType: string;
  /** Whether a key on the copy of a plain snapshot encrypts it, or is an error (API reference of the two Copy calls). */
  readonly encryptsPlain: boolean;
}

export const wordsOf: Readonly<Record<Form, FormWords>> = {
  cluster: {
    database: 'DBCluster',
    snapshot: 'DBClusterSnapshot',
    arnType: 'cluster',
    snapshotArnType: 'cluster-snapshot',
    encrypted: 'StorageEncrypted',
    source: 'SourceDBClusterSnapshotArn',
    snapshotFilter: 'db-cluster-snapshot-id',
    parameterGroup: 'DBClusterParameterGroup',
    parameterGroupArnType: 'cluster-pg',
    encryptsPlain: false,
  },
  instance: {
    database: 'DBInstance',
    snapshot: 'DBSnapshot',
    arnType: 'db',
    snapshotArnType: 'snapshot',
    encrypted: 'Encrypted',
    source: 'SourceDBSnapshotIdentifier',
    snapshotFilter: 'db-snapshot-id',
    parameterGroup: 'DBParameterGroup',
    parameterGroupArnType: 'pg',
    encryptsPlain: true,
  },
};

/** What a kind is to AWS. */
export interface Likeness {
  /** The calls that it answers to. */
  readonly form: Form;
  /** By it the kind is told from its likes. */
  readonly engine: string;
  /** Whether what another account shares can be restored although it is encrypted (user guides, "Sharing a … snapshot"). */
  readonly restoresShared: boolean;
  /** Whether answers have tags: the models of services behind the API of RDS have none, so that each thing is asked for its own. */
  readonly tellsTags: boolean;
}

const likenesses: Readonly<Record<ResourceKind, Likeness>> = {
  'aurora-cluster': { form: 'cluster', engine: 'aurora-postgresql', restoresShared: true, tellsTags: true },
  'rds-instance': { form: 'instance', engine: 'postgres', restoresShared: false, tellsTags: true },
  'multi-az-cluster': { form: 'cluster', engine: 'postgres', restoresShared: true, tellsTags: true },
  'documentdb-cluster': { form: 'cluster', engine: 'docdb', restoresShared: false, tellsTags: false },
  'neptune-cluster': { form: 'cluster', engine: 'neptune', restoresShared: false, tellsTags: false },
};

export function likenessOf(kind: ResourceKind): Likeness {
  const found = likenesses[kind];
  if (found === undefined) throw new Error(`the fake cloud knows no kind ${kind}`);
  return found;
}

export function kindsOf(form: Form): ResourceKind[] {
  return Object.keys(likenesses).filter((kind) => likenesses[kind]?.form === form);
}

export const forms: readonly Form[] = ['cluster', 'instance'];
