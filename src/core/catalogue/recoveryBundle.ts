import { type DatabaseSchema } from './databaseSchema';
import { type ResourceRef } from '../resource';
import { type Json } from '../steps/step';

/**
 * What a restore needs beside the data, as its kind collects it: copies carry neither how a resource was set up nor what stood
 * around it. Stored as `bundle.json` beside each copy in a bucket (core/catalogue/bucket.ts).
 */
export interface RecoveryBundle {
  readonly version: 1;
  readonly resource: ResourceRef;
  /** ISO 8601, UTC. */
  readonly collectedAt: string;
  /** In the words of its kind: `unread` names what could not be read. */
  readonly configuration: Json;
  /**
   * One for each database of a PostgreSQL engine that the fleet file says how to connect to. Taken while it was in use, shortly
   * after the snapshot.
   */
  readonly schemas: readonly DatabaseSchema[];
  /** What has no schema here, and why, in words for people. */
  readonly unread: readonly string[];
}
