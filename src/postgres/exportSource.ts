import { createHash } from 'node:crypto';
import { type Readable } from 'node:stream';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../clouds/hexOfCrc32c';
import { type ObjectStore } from '../clouds/objectStore';
import { applicationFailure } from '../core/applicationFailure';
import { bucketLayout, recordOfData } from '../core/catalogue/bucket';
import { failureTypes, messageOf } from '../core/failure';
import {
  type Manifest,
  type ManifestEntry,
  type ManifestShard,
  type RecoveryPointRecord,
} from '../core/catalogue/manifest';
import { bundleSchemas } from './bundle/bundleSchemas';
import { type DatabaseSchema } from '../core/catalogue/databaseSchema';
import { type RecoveryBundle } from '../core/catalogue/recoveryBundle';

/** Where one recovery point's export lies. */
export interface ExportLocation {
  readonly store: ObjectStore;
  /** The bucket URL's: what all keys of the layout are relative to. Empty, or ends with a slash. */
  readonly prefix: string;
  /** `data/…/20261121t020000z/` */
  readonly dataPrefix: string;
}

/** An object of an export; its checksums where a manifest knows them. */
export interface ExportEntry {
  /** Relative to the export. */
  readonly key: string;
  readonly bytes: number;
  readonly proof: Pick<ManifestEntry, 'crc32c' | 'sha256'> | null;
}

/** A range of the manifest's shards: [from, to). */
export interface ShardRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads an export back, proving everything on the way: the catalogue's record proves the manifest and the bundle, the manifest
 * its shards, and they every object. Without a record (an export that nobody transferred) there is nothing to prove by, and
 * `proven` says so.
 */
export class ExportSource {
  private constructor(
    private readonly location: ExportLocation,
    readonly record: RecoveryPointRecord | null,
    readonly manifest: Manifest | null,
    /** Of the bundle; empty where there is none, or it has none. */
    readonly schemas: readonly DatabaseSchema[],
  ) {}

  /** @throws `NotFound` where no export lies there, `VerificationFailed` where what describes it is damaged. */
  static async open(location: ExportLocation, signal?: AbortSignal): Promise<ExportSource> {
    const record = await readRecord(location, signal);
    const manifestText = await readOptional(location, bucketLayout.manifest, record?.manifestSha256 ?? null, signal);
    const bundleText = await readOptional(location, bucketLayout.bundle, record?.bundleSha256 ?? null, signal);
    // What runs as SQL in the target must not be what anyone has put there.
    if (record?.manifestSha256 && !record.bundleSha256 && bundleText !== null)
      throw damaged(`${location.dataPrefix}${bucketLayout.bundle} lies there, and the catalogue knows of none`);
    const manifest = manifestText === null ? null : parsed<Manifest>(manifestText, bucketLayout.manifest);
    if (manifest !== null && !isManifest(manifest))
      throw damaged(`${bucketLayout.manifest} is not what a transfer writes`);
    return new ExportSource(location, record, manifest, bundleText === null ? [] : schemasOf(bundleText));
  }

  get proven(): boolean {
    return this.record !== null && this.manifest !== null;
  }

  /** Tells this copy from every other, and from itself once it was written anew. */
  get identity(): string {
    const { prefix, dataPrefix } = this.location;
    return `${prefix}${dataPrefix}@${this.record?.manifestSha256 ?? 'unproven'}`;
  }

  get shards(): number {
    return this.manifest?.shards.length ?? 0;
  }

  /** All objects in the order of their keys, with the number of the shard each stands in. */
  async *entries(
    range: ShardRange = { from: 0, to: Infinity },
    signal?: AbortSignal,
  ): AsyncGenerator<{ readonly entry: ExportEntry; readonly shard: number }> {
    if (this.manifest === null) {
      const root = this.fullKey(bucketLayout.export);
      for await (const page of this.location.store.list(root, {}, signal))
        for (const { key, bytes } of page)
          yield { entry: { key: key.slice(root.length), bytes, proof: null }, shard: 0 };
      return;
    }
    for (let shard = range.from; shard < Math.min(range.to, this.manifest.shards.length); shard++) {
      const about = this.manifest.shards[shard];
      if (about === undefined) continue;
      const text = (await this.object(about.key, about.sha256, signal)).toString('utf8');
      for (const line of text.split('\n')) {
        if (line === '') continue;
        const { key, bytes, crc32c: crc, sha256 } = parsedLine(line, about.key);
        yield { entry: { key, bytes, proof: { crc32c: crc, sha256 } }, shard };
      }
    }
  }

  /**
   * The whole content of an object of the export, proven equal to what was read from AWS. What does not match is read once
   * more: a bit may flip on the way, and the object still be whole.
   *
   * @throws `VerificationFailed` where it is another one than the manifest says, or `NotFound`.
   */
  async read(entry: ExportEntry, signal?: AbortSignal): Promise<Buffer> {
    const key = this.fullKey(`${bucketLayout.export}${entry.key}`);
    for (let attempt = 1; ; attempt++) {
      const content = await readAll(await this.location.store.read(key, {}, signal));
      const problem = difference(content, entry);
      if (problem === null) return content;
      if (attempt === 2) throw damaged(`${key} ${problem}`);
    }
  }

  private async object(key: string, sha256: string, signal?: AbortSignal): Promise<Buffer> {
    const content = await readAll(await this.location.store.read(this.fullKey(key), {}, signal));
    if (sha256Of(content) !== sha256) throw damaged(`${this.fullKey(key)} is not the one the manifest was made with`);
    return content;
  }

  private fullKey(key: string): string {
    return `${this.location.prefix}${this.location.dataPrefix}${key}`;
  }
}

function difference(content: Buffer, { bytes, proof }: ExportEntry): string | null {
  if (content.length !== bytes) return `has ${content.length} bytes instead of ${bytes}`;
  if (proof === null) return null;
  const crc = hexOfCrc32c(crc32c(content));
  if (crc !== proof.crc32c) return `has the CRC32C ${crc} instead of ${proof.crc32c}`;
  const sha = sha256Of(content);
  return sha === proof.sha256 ? null : `has the SHA-256 ${sha} instead of ${proof.sha256}`;
}

async function readRecord({ store, prefix, dataPrefix }: ExportLocation, signal?: AbortSignal) {
  const key = recordOfData(dataPrefix);
  if (key === null) return null;
  const text = await readIfThere(store, `${prefix}${key}`, signal);
  return text === null ? null : parsed<RecoveryPointRecord>(text, key);
}

async function readOptional(
  { store, prefix, dataPrefix }: ExportLocation,
  key: string,
  sha256: string | null,
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const content = await readIfThere(store, `${prefix}${dataPrefix}${key}`, signal);
  if (sha256 === null) return content;
  if (content === null) throw damaged(`${dataPrefix}${key} is gone; the catalogue knows it`);
  if (sha256Of(content) !== sha256) throw damaged(`${dataPrefix}${key} is not the one the catalogue knows`);
  return content;
}

async function readIfThere(store: ObjectStore, key: string, signal?: AbortSignal): Promise<Buffer | null> {
  return (await store.head(key, signal)) === null ? null : readAll(await store.read(key, {}, signal));
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

function parsed<T extends { readonly version: 1 }>(text: Buffer, name: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    throw damaged(`${name} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || (value as { version?: unknown }).version !== 1)
    throw damaged(`${name} is of a version that this release of Farcopy does not know`);
  return value as T;
}

function parsedLine(line: string, shard: string): ManifestEntry {
  let entry: Partial<ManifestEntry> | null;
  try {
    entry = JSON.parse(line) as Partial<ManifestEntry> | null;
  } catch {
    throw damaged(`${shard} has a line that is not JSON`);
  }
  const { key, bytes, crc32c: crc, sha256 } = entry ?? {};
  if (!isKey(key) || !isCount(bytes) || typeof crc !== 'string' || typeof sha256 !== 'string')
    throw damaged(`${shard} has a line that is no object of an export`);
  return { key, bytes, crc32c: crc, sha256 };
}

function schemasOf(bundle: Buffer): readonly DatabaseSchema[] {
  const document = parsed<RecoveryBundle>(bundle, bucketLayout.bundle);
  try {
    return bundleSchemas(document);
  } catch (error) {
    throw damaged(`${bucketLayout.bundle} describes no database: ${messageOf(error)}`);
  }
}

function isManifest({ shards }: Partial<Manifest>): boolean {
  const all: unknown = shards;
  return (
    Array.isArray(all) &&
    all.every((shard: Partial<ManifestShard> | null) => isKey(shard?.key) && typeof shard?.sha256 === 'string')
  );
}

/** Below the prefix that it stands under, and nowhere else. */
function isKey(key: unknown): key is string {
  return typeof key === 'string' && key !== '' && !key.split('/').some((part) => part === '..' || part === '.');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function damaged(message: string): Error {
  return applicationFailure(failureTypes.verificationFailed, message);
}
