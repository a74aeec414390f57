/** A snapshot of a cluster as its account describes it. */
export interface SeenSnapshot {
  readonly id: string;
  readonly arn: string;
  readonly clusterId: string;
  readonly status: string;
  readonly manual: boolean;
  readonly createdAt: Date | null;
  /** The key's ARN; null where it is not encrypted. */
  readonly keyArn: string | null;
  /** The snapshot this one was copied from, as AWS knows it. */
  readonly sourceArn: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the proof asks the clouds. */
export interface Clouds {
  snapshots(account: string, region: string): Promise<readonly SeenSnapshot[]>;
  /** The accounts that may copy or restore a snapshot besides its own. */
  sharedWith(account: string, region: string, snapshotId: string): Promise<readonly string[]>;
  /** The ARN of the key that an alias names; null where there is none. */
  keyArn(account: string, region: string, alias: string): Promise<string | null>;
}
