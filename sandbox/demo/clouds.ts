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

/** An export to S3 as RDS describes it. */
export interface SeenExport {
  readonly id: string;
  /** `COMPLETE`, … */
  readonly status: string;
  /** Of the snapshot. */
  readonly sourceArn: string;
  readonly keyArn: string | null;
  readonly bucket: string;
  /** In front of the task's own folder, without a slash at its end. */
  readonly prefix: string;
  readonly warning: string | null;
}

/** An object as its bucket lists it. */
export interface SeenObject {
  readonly key: string;
  readonly bytes: number;
  /** Kept by the cloud itself, 8 hexadecimal digits; null where it keeps none. */
  readonly crc32c: string | null;
}

/** A bucket of S3 or of Google Cloud Storage. */
export interface SeenBucket {
  objects(): Promise<readonly SeenObject[]>;
  /** Every byte of an object. */
  read(key: string): Promise<Buffer>;
}

export interface SeenCluster {
  readonly id: string;
  readonly arn: string;
  /** Null, like the port, while nothing listens. */
  readonly endpoint: string | null;
  readonly port: number | null;
}

/** What the proof asks beside snapshots, where copies go to another cloud and come back. */
export interface RouteClouds extends Clouds {
  exports(account: string, region: string): Promise<readonly SeenExport[]>;
  s3Bucket(account: string, region: string, name: string): SeenBucket;
  gcsBucket(name: string): SeenBucket;
  clusters(account: string, region: string): Promise<readonly SeenCluster[]>;
}
