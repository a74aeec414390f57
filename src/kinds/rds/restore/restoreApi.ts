import { type RDSClient } from '@aws-sdk/client-rds';
import { type DatabaseConfiguration, type InstanceConfiguration, type ParameterGroup } from '../databaseConfiguration';
import { type DatabaseSettings } from './planDatabase';
import {
  type AddInstanceRequest,
  type ParameterGroupOwner,
  type RestoredDatabase,
  type RestoredInstance,
  type StartRestoreRequest,
} from './restoreOperations';
import { type SendOptions, type Tags } from '../snapshotApi';

/** A configuration before what its names stand for was looked up. */
export type NamedConfiguration = Omit<
  DatabaseConfiguration,
  'subnetGroup' | 'securityGroups' | 'parameterGroup' | 'instances' | 'unread'
> & {
  readonly subnetGroup: string | null;
  readonly securityGroups: readonly string[];
  readonly parameterGroup: string | null;
  readonly instances: readonly (Omit<InstanceConfiguration, 'parameterGroup'> & {
    readonly parameterGroup: string | null;
  })[];
};

/**
 * The differences between restoring clusters and instances of RDS: the same calls under two names. Methods throw what the SDK
 * throws; everything with a rule in it is in rdsRestore.ts, once for both.
 */
export interface RestoreApi {
  /** `cluster` or `instance`, for messages and for whose parameter groups the database takes. */
  readonly noun: ParameterGroupOwner;
  readonly restoresShared: boolean;
  /** Whether a family of parameter groups is of the kind: each kind answers for its own. */
  readonly ownsFamily: (family: string, of: ParameterGroupOwner) => boolean;
  readonly describeAction: string;
  readonly restoreAction: string;
  readonly deleteAction: string;
  readonly modifyAction: string;

  configuration(client: RDSClient, id: string, options: SendOptions): Promise<NamedConfiguration | undefined>;
  /** Undefined when there is none. */
  find(client: RDSClient, id: string, options: SendOptions): Promise<RestoredDatabase | undefined>;
  restore(
    client: RDSClient,
    request: StartRestoreRequest,
    /** How the source is named: its ARN where it is another account's. */
    source: string,
    keyArn: string | null,
    tags: Tags,
    options: SendOptions,
  ): Promise<void>;
  /** Null where the kind has no instances. */
  readonly addInstance:
    | ((client: RDSClient, request: AddInstanceRequest, tags: Tags, options: SendOptions) => Promise<RestoredInstance>)
    | null;
  modify(client: RDSClient, id: string, settings: DatabaseSettings, options: SendOptions): Promise<void>;
  addRole(client: RDSClient, id: string, arn: string, feature: string | null, options: SendOptions): Promise<void>;
  unprotect(client: RDSClient, id: string, options: SendOptions): Promise<void>;
  delete(client: RDSClient, id: string, options: SendOptions): Promise<void>;
}

/** The calls about parameter groups of clusters, or of instances. */
export interface ParameterGroupApi {
  readonly nouns: string;
  /** All that are not AWS's defaults. */
  list(
    client: RDSClient,
    options: SendOptions,
  ): AsyncIterable<{ readonly name: string; readonly arn: string; readonly family: string }[]>;
  /** Undefined when there is none. */
  family(
    client: RDSClient,
    name: string,
    options: SendOptions,
  ): Promise<{ readonly family: string | null; readonly description: string | null; readonly arn: string } | undefined>;
  /** Those that someone has set. */
  parameters(client: RDSClient, name: string, options: SendOptions): Promise<ParameterGroup['parameters']>;
  create(client: RDSClient, group: ParameterGroup, tags: Tags, options: SendOptions): Promise<void>;
  /** At most 20 at once. */
  set(client: RDSClient, name: string, parameters: ParameterGroup['parameters'], options: SendOptions): Promise<void>;
  delete(client: RDSClient, name: string, options: SendOptions): Promise<void>;
}
