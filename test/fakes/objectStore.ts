import { Readable } from 'node:stream';
import { crc32c } from '@node-rs/crc32';
import { type BodySink } from '../../src/clouds/bodyReader';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import {
  type DirectSource,
  nothingStated,
  type OpenedObject,
  type ReadObject,
  type StatedChecksums,
} from '../../src/clouds/objectSource';
import { type ObjectVersion, type Protection, type VersionedBucket } from '../../src/clouds/versionedBucket';
import { type ComposingStore, type StoredObject, type WriteOptions } from '../../src/clouds/objectStore';

export interface FakeObject {
  content: Buffer;
  revision: string;
  metadata: Record<string, string>;
  retainUntil?: WriteOptions['retainUntil'];
}

export type Operation =
  'list' | 'head' | 'open' | 'write' | 'writeStream' | 'compose' | 'delete' | 'hold' | 'free' | 'protection';

/**
 * What goes wrong with one call. `throw`: before anything is done; `lose-answer`: it is done, and its answer lost;
 * `flip`, `truncate`, `reset`: what happens to the bytes that are read; `swap`: another object lies there from now on.
 */
export type Fault =
  | { readonly type: 'throw' | 'lose-answer'; readonly error: Error }
  | { readonly type: 'flip' | 'truncate' | 'reset' | 'swap' };

/** A bucket in memory that keeps the rules of its interface, and breaks them when told to. */
export class FakeObjectStore implements ComposingStore, DirectSource, VersionedBucket {
  readonly composeLimit: number = 32;
  readonly objects = new Map<string, FakeObject>();
  readonly calls: { readonly operation: Operation; readonly key: string; readonly bytes?: number }[] = [];
  /** What befalls a call; asked once a call. */
  fault: (operation: Operation, key: string) => Fault | undefined = () => undefined;
  /** What the cloud states of an object that is read. */
  states: (object: FakeObject) => Partial<StatedChecksums> = () => ({});
  retentionPolicy = false;
  /** When it says that everything was written: ISO 8601, UTC. */
  writtenAt = '2026-11-21T02:30:00.000Z';
  /** What its listings of versions tell otherwise. */
  told: (key: string) => Partial<ObjectVersion> = () => ({});
  /** Whether its cloud can hold objects. */
  holdsObjects = true;
  /** Keys of objects that its cloud holds. */
  readonly held = new Set<string>();
  pageSize = 1000;
  private revisions = 0;

  put(key: string, content: Buffer | string, metadata: Record<string, string> = {}): FakeObject {
    const object = { content: Buffer.from(content), revision: this.nextRevision(), metadata };
    this.objects.set(key, object);
    return object;
  }

  keys(prefix = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  count(operation: Operation, prefix = ''): number {
    return this.calls.filter((call) => call.operation === operation && call.key.startsWith(prefix)).length;
  }

  async *list(prefix: string, { after }: { readonly after?: string } = {}) {
    this.begin('list', prefix);
    const keys = this.keys(prefix).filter((key) => after === undefined || key > after);
    for (let from = 0; from < keys.length; from += this.pageSize)
      yield keys.slice(from, from + this.pageSize).map((key) => this.stored(key));
  }

  async head(key: string): Promise<StoredObject | null> {
    this.begin('head', key);
    return this.objects.has(key) ? this.stored(key) : null;
  }

  async open(
    key: string,
    { from = 0, to, revision }: { readonly from?: number; readonly to?: number; readonly revision?: string } = {},
    signal?: AbortSignal,
  ): Promise<OpenedObject> {
    const fault = this.begin('open', key);
    signal?.throwIfAborted();
    if (fault?.type === 'swap') this.put(key, Buffer.from('something else'));
    const object = this.objects.get(key);
    if (object === undefined) throw applicationFailure(failureTypes.notFound, `${key}: none`);
    if (revision !== undefined && object.revision !== revision)
      throw applicationFailure(failureTypes.conflict, `${key}: another one`);
    const whole = object.content.subarray(from, to);
    // As S3 does: of a range nothing is stated.
    const stated = whole.length === object.content.length ? this.statedOf(object) : nothingStated;
    return { body: damagedBody(whole, fault), bytes: object.content.length, revision: object.revision, stated };
  }

  async readInto(
    key: string,
    options: { readonly from?: number; readonly to?: number; readonly revision?: string },
    sink: BodySink,
    signal?: AbortSignal,
  ): Promise<ReadObject> {
    const { body, ...object } = await this.open(key, options, signal);
    let came = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        const room = sink.room(came);
        room.set(chunk);
        sink.took?.(room.subarray(0, chunk.length));
        came += chunk.length;
      }
    } catch (error) {
      throw applicationFailure(failureTypes.transient, `${key}: reading broke off`, { cause: error as Error });
    }
    return { ...object, came };
  }

  async state(key: string, revision: string): Promise<StatedChecksums> {
    const object = this.objects.get(key);
    if (object?.revision !== revision) throw applicationFailure(failureTypes.conflict, `${key}: another one`);
    return this.statedOf(object);
  }

  async read(key: string, options: Parameters<FakeObjectStore['open']>[1] = {}, signal?: AbortSignal) {
    return (await this.open(key, options, signal)).body;
  }

  async write(key: string, content: Uint8Array, options: WriteOptions): Promise<StoredObject> {
    const fault = this.begin('write', key, content.length);
    return this.store(key, Buffer.from(content), options, fault);
  }

  async writeStream(key: string, content: AsyncIterable<Uint8Array>, bytes: number, options: WriteOptions) {
    const fault = this.begin('writeStream', key, bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    const whole = Buffer.concat(chunks);
    if (whole.length !== bytes) throw applicationFailure(failureTypes.transient, `${key}: broke off`);
    return this.store(key, whole, options, fault);
  }

  async compose(key: string, parts: readonly Pick<StoredObject, 'key' | 'revision'>[], options: WriteOptions) {
    const fault = this.begin('compose', key);
    if (parts.length > this.composeLimit) throw applicationFailure(failureTypes.invalidInput, 'too many parts');
    const contents = parts.map((part) => {
      const object = this.objects.get(part.key);
      if (object?.revision !== part.revision) throw applicationFailure(failureTypes.notFound, `${part.key}: none`);
      return object.content;
    });
    return this.store(key, Buffer.concat(contents), options, fault);
  }

  async delete(key: string): Promise<void> {
    this.begin('delete', key);
    const retained = (this.objects.get(key)?.retainUntil?.until.getTime() ?? 0) > Date.now();
    if (retained || this.retentionPolicy) throw applicationFailure(failureTypes.configuration, `${key}: retained`);
    this.objects.delete(key);
  }

  /** It keeps the latest of each key alone. */
  async *listVersions(prefix: string): AsyncGenerator<readonly ObjectVersion[]> {
    this.begin('list', prefix);
    const keys = this.keys(prefix);
    for (let from = 0; from < keys.length; from += this.pageSize)
      yield keys.slice(from, from + this.pageSize).map((key) => ({
        ...{ key, version: this.objects.get(key)?.revision ?? '', held: null, protection: null },
        ...{ bytes: this.objects.get(key)?.content.length ?? 0, createdAt: this.writtenAt, storageClass: 'STANDARD' },
        ...this.told(key),
      }));
  }

  /** Until when it keeps an object that has a retention of its own, and whether it holds it. */
  async protectionOf({ key, protection }: ObjectVersion): Promise<Protection> {
    this.begin('protection', key);
    if (protection !== null) return protection;
    const retainUntil = this.objects.get(key)?.retainUntil?.until.toISOString() ?? null;
    return { retainUntil, holds: this.held.has(key) ? ['a legal hold of Object Lock'] : [] };
  }

  async canHold(): Promise<boolean> {
    return this.holdsObjects;
  }

  async isHeld({ key }: Pick<ObjectVersion, 'key'>): Promise<boolean> {
    return this.held.has(key);
  }

  async hold({ key, version }: Pick<ObjectVersion, 'key' | 'version'>, isOn: boolean): Promise<void> {
    this.begin(isOn ? 'hold' : 'free', key);
    if (this.objects.get(key)?.revision !== version) throw applicationFailure(failureTypes.notFound, `${key}: none`);
    if (isOn) this.held.add(key);
    else this.held.delete(key);
  }

  async mayDelete(): Promise<boolean> {
    return !this.retentionPolicy;
  }

  private statedOf(object: FakeObject): StatedChecksums {
    return { ...nothingStated, ...this.states(object) };
  }

  private store(key: string, content: Buffer, options: WriteOptions, fault: Fault | undefined): StoredObject {
    const there = this.objects.get(key);
    const { onlyIf, metadata = {}, retainUntil } = options;
    const met = onlyIf === undefined || (onlyIf === 'absent' ? !there : there?.revision === onlyIf.revision);
    if (!met) throw applicationFailure(failureTypes.conflict, `${key}: precondition`);
    if (options.crc32c !== hexCrc(content))
      throw applicationFailure(failureTypes.verificationFailed, `${key}: wrong CRC32C`);
    const object: FakeObject = { content, revision: this.nextRevision(), metadata: { ...metadata } };
    if (retainUntil !== undefined) object.retainUntil = retainUntil;
    this.objects.set(key, object);
    if (fault?.type === 'lose-answer') throw fault.error;
    return this.stored(key);
  }

  private begin(operation: Operation, key: string, bytes?: number): Fault | undefined {
    this.calls.push({ operation, key, ...(bytes === undefined ? {} : { bytes }) });
    const fault = this.fault(operation, key);
    if (fault?.type === 'throw') throw fault.error;
    return fault;
  }

  private stored(key: string): StoredObject {
    const object = this.objects.get(key);
    if (object === undefined) throw new Error(`${key}: none`);
    return {
      key,
      bytes: object.content.length,
      crc32c: hexCrc(object.content),
      revision: object.revision,
      metadata: { ...object.metadata },
    };
  }

  private nextRevision(): string {
    this.revisions += 1;
    return String(this.revisions);
  }
}

export const hexCrc = (content: Uint8Array) => crc32c(content).toString(16).padStart(8, '0');

export const transientFailure = (message = 'HTTP 503') => applicationFailure(failureTypes.transient, message);

function damagedBody(content: Buffer, fault: Fault | undefined): Readable {
  const copy = Buffer.from(content);
  const half = Math.floor(copy.length / 2);
  switch (fault?.type) {
    case 'flip':
      if (copy.length > 0) copy[half] = (copy[half] ?? 0) ^ 0x10;
      return Readable.from(chunksOf(copy));
    case 'truncate':
      return Readable.from(chunksOf(copy.subarray(0, half)));
    case 'reset':
      return Readable.from(
        (function* () {
          yield copy.subarray(0, half);
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        })(),
      );
    default:
      return Readable.from(chunksOf(copy));
  }
}

function chunksOf(content: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += 16_384) chunks.push(content.subarray(at, at + 16_384));
  return chunks;
}
