import { type RDSClient } from '@aws-sdk/client-rds';
import { type Copy } from '../../core/catalogue/copy';
import { type Resource } from '../../core/resource';
import { type DatabaseKind } from './databaseKind';

export interface SendOptions {
  readonly abortSignal?: AbortSignal | undefined;
}

export type Tags = Readonly<Record<string, string>>;

export type SnapshotQuestion = 'own' | 'all' | 'manual' | readonly string[];

/**
 * The differences between clusters and instances of RDS: the same calls under two names. Methods throw what the SDK throws;
 * everything with a rule in it is in rdsOperations.ts, once for both.
 */
export interface SnapshotApi {
  readonly of: DatabaseKind;
  /** `cluster` or `instance`, for messages. */
  readonly noun: string;
  /** `DBClusterSnapshot` or `DBSnapshot`: IAM's names of the calls end in it. */
  readonly snapshotNoun: string;
  /** IAM's name of the call that lists resources. */
  readonly describeResourcesAction: string;

  /**
   * All resources of the kind, or those with the ids. Engines that share the API but are other services are left out. RDS answers
   * a question for one id with a fault where there is none.
   */
  resources(client: RDSClient, which: 'all' | readonly string[], options: SendOptions): AsyncIterable<Resource[]>;
  create(client: RDSClient, resourceId: string, id: string, tags: Tags, options: SendOptions): Promise<Copy>;
  copy(
    client: RDSClient,
    sourceArn: string,
    id: string,
    keyArn: string | null,
    tags: Tags,
    options: SendOptions,
  ): Promise<Copy>;
  /**
   * `own`: manual ones of the kind; ids: those of the kind; `all` and `manual`: everything that takes slots of the kind's limits,
   * whatever its kind.
   */
  snapshots(client: RDSClient, which: SnapshotQuestion, options: SendOptions): AsyncIterable<Copy[]>;
  share(client: RDSClient, id: string, change: { add?: string; remove?: string }, options: SendOptions): Promise<void>;
  /** Accounts that may read it. */
  sharedWith(client: RDSClient, id: string, options: SendOptions): Promise<string[]>;
  delete(client: RDSClient, id: string, options: SendOptions): Promise<void>;
}
