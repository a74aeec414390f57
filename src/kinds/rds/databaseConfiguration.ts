/** `cluster-of-instances`: Aurora and its like · `cluster`: a cluster whose nodes RDS makes by itself · `instance`. */
export type DatabaseShape = 'cluster-of-instances' | 'cluster' | 'instance';

/** How a cluster or an instance is set up, as its account describes it. Null: AWS tells none, or has none. */
export interface DatabaseConfiguration {
  readonly engine: string;
  readonly engineVersion: string | null;
  /** `provisioned`, `serverless`, …; null for an instance. */
  readonly engineMode: string | null;
  readonly databaseName: string | null;
  readonly masterUsername: string | null;
  readonly port: number | null;
  /** ARN of the key, null where storage is not encrypted. */
  readonly keyArn: string | null;
  readonly storageType: string | null;
  readonly iops: number | null;
  /** Null for Aurora, whose storage grows by itself. */
  readonly allocatedGiB: number | null;
  readonly networkType: string | null;
  readonly iamAuthentication: boolean;
  readonly deletionProtection: boolean;
  readonly copyTagsToSnapshot: boolean;
  readonly backupRetentionDays: number | null;
  /** `02:00-02:30`, UTC. */
  readonly backupWindow: string | null;
  readonly maintenanceWindow: string | null;
  readonly logExports: readonly string[];
  /** The global database that a cluster is a member of. Absent where an older release has written it. */
  readonly globalCluster?: string | null;
  /** The cluster or instance that it replicates, by identifier or ARN. */
  readonly replicaOf?: string | null;
  /** Capacity units of Serverless v2. */
  readonly serverless: { readonly minimum: number; readonly maximum: number } | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly subnetGroup: SubnetGroup | null;
  readonly securityGroups: readonly SecurityGroup[];
  /** The cluster's, or that of an instance of its own. */
  readonly parameterGroup: ParameterGroup | null;
  readonly optionGroup: string | null;
  readonly roles: readonly { readonly arn: string; readonly feature: string | null }[];
  /** The cluster's, the writer first; of an instance of its own, itself. */
  readonly instances: readonly InstanceConfiguration[];
  /** What could not be read, in words for people. */
  readonly unread: readonly string[];
}

export interface InstanceConfiguration {
  readonly id: string;
  /** `db.r6g.large`. */
  readonly class: string;
  readonly zone: string | null;
  readonly writer: boolean;
  /** 0 is promoted first, 15 last; null outside clusters. */
  readonly promotionTier: number | null;
  readonly multiAz: boolean;
  readonly public: boolean;
  readonly autoMinorVersionUpgrade: boolean;
  readonly performanceInsights: boolean;
  /** Null where it is the one of {@link DatabaseConfiguration}. */
  readonly parameterGroup: ParameterGroup | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SubnetGroup {
  readonly name: string;
  readonly description: string;
  readonly vpc: string | null;
  readonly subnets: readonly { readonly id: string; readonly zone: string | null }[];
}

/** Rules in the words of EC2's API. */
export interface SecurityGroup {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly vpc: string | null;
  readonly ingress: readonly SecurityRule[];
  readonly egress: readonly SecurityRule[];
}

export interface SecurityRule {
  /** `tcp`, …; `-1` is all. */
  readonly protocol: string;
  readonly fromPort: number | null;
  readonly toPort: number | null;
  /** CIDR blocks, ids of security groups and prefix lists. */
  readonly peers: readonly string[];
}

export interface ParameterGroup {
  readonly name: string;
  /** `aurora-postgresql16`; null where it could not be read. */
  readonly family: string | null;
  readonly description: string | null;
  /** Those that differ from the family's defaults. */
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly applyMethod: 'immediate' | 'pending-reboot';
}

/** Groups of AWS's own, which every account and region has. */
export const isDefaultGroup = (name: string): boolean => /^default([.:].+)?$/.test(name);
