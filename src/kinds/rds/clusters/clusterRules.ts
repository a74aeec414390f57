import { type DatabaseKind } from '../databaseKind';

/** The differences between kinds of clusters, which share the calls of RDS. */
export interface ClusterRules {
  readonly of: DatabaseKind;
  /** As the filter `engine` takes them. */
  readonly engines: readonly string[];
  /** Engines of other kinds whose snapshots take slots of the same limits. */
  readonly countedWith: readonly string[];
  /**
   * True for a service of its own behind the API of RDS. Its own model promises neither tags in answers nor filters of snapshots,
   * so Farcopy relies on neither.
   */
  readonly ownService: boolean;
  /** Whether an encrypted snapshot that another account shares can be restored as it is, under another key. */
  readonly restoresShared: boolean;
  /** Settings that AWS does not take of such clusters and of their instances. */
  readonly lacks: readonly ClusterSetting[];
}

export type ClusterSetting =
  'iamAuthentication' | 'autoMinorVersionUpgrade' | 'performanceInsights' | 'instanceParameterGroup' | 'public';
