import { isFlag, isList, isText, type RestoreOption, type RestoreOptions } from '../../../core/restore/restoreRequest';
import { type DatabaseShape } from '../databaseConfiguration';

/** What a restore into RDS may be told beside what every restore may. */
export interface RdsRestoreOptions {
  /** The first is wanted; the others are tried in order while AWS has no capacity. */
  readonly instanceClasses?: readonly string[] | undefined;
  readonly zones?: readonly string[] | undefined;
  readonly subnetGroup?: string | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  /** Of the cluster, or of the instance. */
  readonly parameterGroup?: string | undefined;
  /** Make missing parameter groups from the recovery bundle. */
  readonly createParameterGroups?: boolean | undefined;
  readonly port?: number | undefined;
  readonly deletionProtection?: boolean | undefined;
  /** Of a cluster: false restores the storage only, `writer` no readers. */
  readonly instances?: boolean | 'writer' | undefined;
  readonly multiAz?: boolean | undefined;
  readonly public?: boolean | undefined;
}

/** Rules of names are those of the RDS API reference. */
export const rdsRestoreOptions: readonly RestoreOption[] = [
  {
    name: 'instanceClasses',
    flag: '--instance-class <classes>',
    type: 'list',
    description: 'class of the instances, and others to try when AWS has no capacity',
    check: isList(/^db\.[a-z0-9.-]+$/, 'a list of instance classes, like db.r6g.large'),
  },
  {
    name: 'zones',
    flag: '--zones <zones>',
    type: 'list',
    description: 'availability zones, tried in this order',
    check: isList(/^[a-z]{2}(-[a-z]+)+-\d[a-z0-9-]*[a-z]$/, 'a list of availability zones, like eu-west-1a'),
  },
  {
    name: 'subnetGroup',
    flag: '--subnet-group <name>',
    type: 'text',
    description: 'DB subnet group',
    check: isText(/\S/, 'the name of a DB subnet group'),
  },
  {
    name: 'securityGroups',
    flag: '--security-groups <ids>',
    type: 'list',
    description: 'security groups',
    check: isList(/^sg-[a-z0-9]+$/, 'a list of ids of security groups, like sg-0123456789abcdef0'),
  },
  {
    name: 'parameterGroup',
    flag: '--parameter-group <name>',
    type: 'text',
    description: 'parameter group of the cluster, or of the instance',
    check: isText(/\S/, 'the name of a parameter group'),
  },
  {
    name: 'createParameterGroups',
    flag: '--create-parameter-groups',
    type: 'flag',
    description: 'make missing parameter groups of the old ones',
    check: isFlag,
  },
  {
    name: 'port',
    flag: '--port <number>',
    type: 'number',
    description: 'port',
    check: (value) =>
      Number.isInteger(value) && Number(value) >= 1150 && Number(value) <= 65535 ? null : 'a port from 1150 to 65535',
  },
  {
    name: 'deletionProtection',
    flag: '--deletion-protection',
    type: 'flag',
    description: 'protect the new database from deletion',
    check: isFlag,
  },
  {
    name: 'instances',
    flag: '--instances',
    type: 'flag',
    description: 'of a cluster, its instances; without them, the storage only',
    check: (value) => (value === 'writer' ? null : isFlag(value) && 'true, false or `writer`'),
  },
  {
    name: 'multiAz',
    flag: '--multi-az',
    type: 'flag',
    description: 'of an RDS instance, a standby in another zone',
    check: isFlag,
  },
  {
    name: 'public',
    flag: '--public',
    type: 'flag',
    description: 'reachable from outside its network',
    check: isFlag,
  },
];

/** What a drill asks for: no more than proves that the data comes back. */
export function scratchOptions(shape: DatabaseShape): RestoreOptions {
  return {
    createParameterGroups: true,
    deletionProtection: false,
    ...(shape === 'cluster-of-instances' ? { instances: 'writer' } : shape === 'instance' ? { multiAz: false } : {}),
  };
}
