import { isBucketVault } from '../../core/backup/policy';
import {
  type CopyDeletion,
  type CopyStock,
  type IdRule,
  type KindCapabilities,
  type KindDescription,
  type Permission,
  type PlannedResource,
  RouteError,
} from '../../core/kind';
import { type ServiceLimit } from '../../core/limits/limit';
import { type Resource } from '../../core/resource';
import { planSnapshotRoute, type SnapshotRouteRules } from '../steps/planSnapshotRoute';
import { databaseOfArn } from './arn';
import { databaseAtRest, databaseCannotBeCopied } from './conditions';
import { rdsRestoreOptions } from './restore/restoreOptions';
import { type DatabaseShape } from './databaseConfiguration';
import { copyIdentifier, exportIdentifier } from './markers';

/** One kind of database of RDS: its description, and what its plans and permits go by. */
export interface DatabaseKind {
  readonly description: KindDescription;
  readonly rules: SnapshotRouteRules;
  readonly shape: DatabaseShape;
  readonly surveys: boolean;
  /** {@link DatabaseStock.quota} */
  readonly quota: string | null;
}

/** The stock of manual snapshots that a kind counts in. */
export interface DatabaseStock extends CopyStock {
  /** How DescribeAccountAttributes of RDS calls it; null: it does not tell of it. */
  readonly quota: string | null;
}

/** The differences between kinds of databases. */
export interface DatabaseKindRules {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  /** True for the one kind that lists everything of the service, to name what nobody protects. */
  readonly surveys?: true;
  readonly shape: DatabaseShape;
  /** The resource type in its ARNs: `cluster`, `db`. */
  readonly arnType: string;
  readonly capabilities: Pick<KindCapabilities, 'crossesBoth' | 'encryptsPlainOnCopy' | 'exportsFrom' | 'answersSql'>;
  /** Null where nothing is ever started under it. */
  readonly snapshotLimit: ServiceLimit | null;
  readonly crossRegionCopyLimit: ServiceLimit | null;
  readonly stock: DatabaseStock;
  readonly permissions: readonly Permission[];
  readonly copyDeletion: CopyDeletion;
  /** Why it cannot be copied whatever its status, in words for people; null where it can. */
  readonly cannotCopy?: (resource: Resource) => string | null;
  /** Why its snapshots cannot be exported though those of its kind can. */
  readonly cannotExport?: (resource: PlannedResource) => string | null;
}

/** CreateDBCluster, DBClusterIdentifier; CreateDBInstance, DBInstanceIdentifier (API reference). RDS stores it in lower case. */
const identifiers: IdRule = {
  pattern: /^(?=.{1,63}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/,
  rule: '1–63 letters, digits and single hyphens, beginning with a letter',
  caseSensitive: false,
};

const exportTasks: ServiceLimit = {
  name: 'export-tasks',
  title: 'export tasks in progress',
  capacity: 5,
  source: 'RDS User Guide, "Exporting DB snapshot data to Amazon S3"',
  countsIn: 'source',
};

/** A kind of database, with the rules that all of them share. */
export function databaseKind(own: DatabaseKindRules): DatabaseKind {
  const { name, title, aliases, arnType, snapshotLimit, crossRegionCopyLimit } = own;
  const { quota, ...stock } = own.stock;
  const capabilities: KindCapabilities = {
    names: 'chosen',
    moment: 'at-start',
    copies: 'shared',
    defaultKey: 'aws/rds',
    restores: true,
    ...own.capabilities,
  };
  const exportLimit = capabilities.exportsFrom === null ? null : exportTasks;
  const rules: SnapshotRouteRules = {
    capabilities,
    limits: {
      snapshot: snapshotLimit,
      crossRegionCopy: crossRegionCopyLimit,
      // AWS publishes none.
      copyInRegion: null,
      export: exportLimit,
    },
    copyMarker: copyIdentifier,
    exportMarker: exportIdentifier,
  };
  const description: KindDescription = {
    name,
    title,
    aliases,
    copyNoun: 'snapshot',
    copyDeletion: own.copyDeletion,
    copyName: copyIdentifier,
    stock,
    id: identifiers,
    ofArn: (arn) => databaseOfArn(arn, arnType),
    capabilities,
    limits: [snapshotLimit, crossRegionCopyLimit, exportLimit].filter((limit) => limit !== null),
    permissions: [
      ...own.permissions,
      ...ofAll,
      ...(exportLimit === null ? [] : ofExports),
      ...(capabilities.answersSql ? ofLogins : []),
    ],
    restoreOptions: rdsRestoreOptions,
    atRest: databaseAtRest,
    cannotCopy: (resource) => own.cannotCopy?.(resource) ?? databaseCannotBeCopied(resource),
    planBackup: (resource, policy, scheduledTime) => {
      const bucket = policy.route.find(isBucketVault);
      const why = bucket === undefined ? null : (own.cannotExport?.(resource) ?? null);
      if (bucket !== undefined && why !== null)
        throw new RouteError(
          `vault ${bucket.name} is a bucket, and ${resource.id} cannot be exported to one: ${why}; bring it into a tier without that vault`,
        );
      return planSnapshotRoute(rules, resource, policy, scheduledTime);
    },
  };
  return { description, rules, shape: own.shape, surveys: own.surveys ?? false, quota };
}

/**
 * Aurora and Multi-AZ DB clusters count together. RDS User Guide, "Quotas and constraints for Amazon RDS"; DescribeAccountAttributes,
 * AccountQuota (API reference).
 */
export const clusterStock: DatabaseStock = {
  name: 'manual-cluster-snapshots',
  title: 'manual cluster snapshots',
  capacity: 100,
  source: 'RDS User Guide, "Quotas and constraints"',
  quota: 'ManualClusterSnapshots',
};

/** Permissions of one role. */
export function forRole(role: Permission['role'], actions: readonly string[]): Permission[] {
  return actions.map((action) => ({ role, action }));
}

/** RDS uses keys in the name of the role that copies or restores. */
const keyActions = ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
/** How a database is set up: its network, and the parameters that its owner has set. */
const surroundings = [
  'rds:DescribeDBSubnetGroups',
  'rds:DescribeDBClusterParameterGroups',
  'rds:DescribeDBClusterParameters',
  'rds:DescribeDBParameterGroups',
  'rds:DescribeDBParameters',
  'ec2:DescribeSecurityGroups',
];

/** Every kind of database needs these. A cluster's instances are described, made and tagged by the calls for instances. */
const ofAll: readonly Permission[] = [
  ...forRole('source', [
    'rds:AddTagsToResource',
    'rds:DescribeAccountAttributes',
    'rds:DescribeDBInstances',
    ...surroundings,
    ...keyActions,
  ]),
  ...forRole('vault', ['rds:AddTagsToResource', 'rds:DescribeAccountAttributes', ...keyActions]),
  ...forRole('lender', ['rds:AddTagsToResource', 'kms:ListGrants', ...keyActions]),
  ...forRole('marker', ['rds:AddTagsToResource', 'rds:DescribeDBInstances']),
  ...forRole('pruner', ['rds:DescribeDBInstances']),
  ...forRole('restore', [
    'rds:AddTagsToResource',
    'rds:ListTagsForResource',
    'rds:DescribeDBInstances',
    'rds:CreateDBInstance',
    'rds:DeleteDBInstance',
    'rds:DescribeOptionGroups',
    'rds:CreateDBClusterParameterGroup',
    'rds:ModifyDBClusterParameterGroup',
    'rds:DeleteDBClusterParameterGroup',
    'rds:CreateDBParameterGroup',
    'rds:ModifyDBParameterGroup',
    'rds:DeleteDBParameterGroup',
    // A restored database gets the roles that the old one had.
    'iam:PassRole',
    'rds:DescribeDBSubnetGroups',
    'rds:DescribeDBClusterParameterGroups',
    'rds:DescribeDBParameterGroups',
    'ec2:DescribeSecurityGroups',
    ...keyActions,
  ]),
];

/** A vault exports its own copies. */
const ofExports: readonly Permission[] = forRole('vault', [
  'rds:StartExportTask',
  'rds:DescribeExportTasks',
  'rds:CancelExportTask',
  // RDS takes on a role to write an export.
  'iam:PassRole',
]);

/** Farcopy logs in to read schemas, and in drills. */
const ofLogins: readonly Permission[] = [
  ...forRole('source', ['rds-db:connect']),
  ...forRole('restore', ['rds-db:connect']),
];
