import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { applicationFailure } from '../../../core/applicationFailure';
import { failureTypes } from '../../../core/failure';
import { inParallel } from '../../../core/inParallel';
import {
  type BucketState,
  type CopyingStore,
  type CopySource,
  type DescribedBucket,
  type StoredObject,
  type WriteOptions,
} from '../../objectStore';
import { type ObjectVersion, type Protection, type VersionedBucket } from '../../versionedBucket';
import { type AwsCall, awsCall } from '../awsFailure';
import { s3BucketState, s3ObjectLock } from './s3BucketState';
import { encodeKey } from './s3Request';
import { S3Store, type S3StoreOptions } from './s3Store';
import { holdInS3, isHeldInS3, listS3Versions, s3Protection, type VersionedS3 } from './s3Versions';
import { s3Condition, s3Description } from './s3WriteOptions';

const mebi = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: all but the last part of a multipart upload are as large. */
const smallestPart = 5 * mebi;
/** What S3 puts, copies, or takes as a part in one request. */
const largestAtOnce = 5 * 1024 * mebi;
/** Parts of a copy: large ones are few requests, small ones are copied side by side. */
const copyPart = 256 * mebi;
/** What is joined here because its parts are too small for S3 to join. */
const mostJoinedHere = 64 * mebi;
const mostParts = 10_000;
const headsAtOnce = 16;
const partsAtOnce = 8;

/** A piece of a multipart upload, which lies in S3 already. */
interface Piece {
  /** `bucket/key`, escaped. */
  readonly from: string;
  readonly revision: string;
  readonly range: readonly [number, number] | null;
}

/**
 * A bucket of S3 that keeps copies. S3 computes the CRC32C of whatever is written or joined, and refuses what differs; its
 * listings tell checksums and metadata, as those of GCS do, since each object is asked for.
 */
export class S3VaultStore extends S3Store implements CopyingStore, DescribedBucket, VersionedBucket {
  readonly composeLimit = mostParts;

  constructor(private readonly vault: S3StoreOptions) {
    super(vault);
  }

  override async *list(
    prefix: string,
    options: { readonly after?: string } = {},
    signal?: AbortSignal,
  ): AsyncGenerator<readonly StoredObject[]> {
    for await (const page of super.list(prefix, options, signal)) {
      const known = await inParallel(page, headsAtOnce, ({ key }) => this.head(key, signal));
      yield known.filter((object) => object !== null);
    }
  }

  async compose(
    key: string,
    parts: readonly Pick<StoredObject, 'key' | 'revision' | 'bytes'>[],
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    if (parts.slice(0, -1).some(({ bytes }) => bytes < smallestPart)) return this.joinHere(key, parts, options, signal);
    const pieces = parts.flatMap((part) => piecesOf(copySource(this.vault.bucket, part.key), part, largestAtOnce));
    return this.assemble(key, pieces, options, signal);
  }

  async copyFrom(source: CopySource, key: string, options: WriteOptions, signal?: AbortSignal): Promise<StoredObject> {
    const from = copySource(source.bucket, source.key);
    if (source.bytes === 0) return this.write(key, Buffer.alloc(0), options, signal);
    // What is locked must come with a checksum, for which a copy in one piece has no place.
    if (source.bytes > copyPart || options.retainUntil !== undefined)
      return this.assemble(key, piecesOf(from, source, copyPart), options, signal);
    const { client, bucket } = this.vault;
    await awsCall(this.told('s3:PutObject', key), signal, () =>
      client.send(
        new CopyObjectCommand({
          Bucket: bucket,
          Key: key,
          CopySource: from,
          CopySourceIfMatch: `"${source.revision}"`,
          ChecksumAlgorithm: 'CRC32C',
          MetadataDirective: 'REPLACE',
          TaggingDirective: 'REPLACE',
          ...s3Description(options, this.vault.key),
          ...s3Condition(options),
        }),
        { abortSignal: signal },
      ),
    );
    return this.checked(key, options, signal);
  }

  /** Up to 5 GiB, as much as S3 takes in one request. */
  async writeStream(
    key: string,
    content: AsyncIterable<Uint8Array>,
    bytes: number,
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    if (bytes > largestAtOnce)
      throw applicationFailure(
        failureTypes.configuration,
        `s3://${this.vault.bucket}/${key}: ${bytes} bytes cannot be written at once, nor in parts to a bucket with a default retention; set \`lock\` in the fleet file instead`,
      );
    const { client, bucket } = this.vault;
    await awsCall(this.told('s3:PutObject', key), signal, () =>
      client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: Readable.from(content),
          ContentLength: bytes,
          ChecksumCRC32C: base64(options.crc32c),
          ...s3Description(options, this.vault.key),
          ...s3Condition(options),
        }),
        { abortSignal: signal },
      ),
    );
    return this.checked(key, options, signal);
  }

  /** Every version of it: where the bucket keeps versions, as one with Object Lock does, deleting the latest frees nothing. */
  override async delete(key: string, signal?: AbortSignal): Promise<void> {
    const { client, bucket } = this.vault;
    // Of the keys that begin with it, the key itself comes first.
    const { Versions = [], DeleteMarkers = [] } = await awsCall(this.told('s3:ListBucketVersions', key), signal, () =>
      client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }), { abortSignal: signal }),
    );
    const versions = [...Versions, ...DeleteMarkers].filter(({ Key }) => Key === key).map(({ VersionId }) => VersionId);
    for (const VersionId of versions)
      await awsCall(this.told('s3:DeleteObjectVersion', key), signal, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }), { abortSignal: signal }),
      );
  }

  listVersions(prefix: string, signal?: AbortSignal): AsyncGenerator<readonly ObjectVersion[]> {
    return listS3Versions(this.versioned, prefix, signal);
  }

  async canHold(signal?: AbortSignal): Promise<boolean> {
    const { client, bucket, scope } = this.vault;
    return (await s3ObjectLock(client, scope, bucket, signal)).isEnabled;
  }

  /** Where the bucket has no Object Lock, S3 answers no question about locks. */
  async protectionOf(version: ObjectVersion, signal?: AbortSignal): Promise<Protection> {
    if (!(await this.canHold(signal))) return { retainUntil: null, holds: [] };
    return s3Protection(this.versioned, version, signal);
  }

  isHeld(version: ObjectVersion, signal?: AbortSignal): Promise<boolean> {
    return isHeldInS3(this.versioned, version, signal);
  }

  hold(version: Pick<ObjectVersion, 'key' | 'version'>, isOn: boolean, signal?: AbortSignal): Promise<void> {
    return holdInS3(this.versioned, version, isOn, signal);
  }

  async mayDelete(signal?: AbortSignal): Promise<boolean> {
    const { client, bucket, scope } = this.vault;
    return (await s3ObjectLock(client, scope, bucket, signal)).defaultDays === 0;
  }

  describe(signal?: AbortSignal): Promise<BucketState> {
    const { client, bucket, scope } = this.vault;
    return s3BucketState(client, scope, bucket, signal);
  }

  async abandonUploads(prefix: string, signal?: AbortSignal): Promise<void> {
    await this.abandon(prefix, () => true, signal);
  }

  private async abandon(prefix: string, which: (key: string) => boolean, signal?: AbortSignal): Promise<void> {
    const { client, bucket } = this.vault;
    let after: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | null = {};
    while (after !== null) {
      const input: ListMultipartUploadsCommandInput = { Bucket: bucket, Prefix: prefix, ...after };
      const page: ListMultipartUploadsCommandOutput = await awsCall(
        this.told('s3:ListBucketMultipartUploads', prefix),
        signal,
        () => client.send(new ListMultipartUploadsCommand(input), { abortSignal: signal }),
      );
      for (const { Key = '', UploadId } of page.Uploads ?? []) if (which(Key)) await this.abort(Key, UploadId, signal);
      after =
        page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : null;
    }
  }

  /** One multipart upload of what lies in S3 already. One that was left under the same key, by whoever was killed, goes first. */
  private async assemble(
    key: string,
    pieces: readonly Piece[],
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const { client, bucket } = this.vault;
    if (pieces.length > mostParts)
      throw applicationFailure(failureTypes.invalidInput, `s3://${bucket}/${key}: of more than ${mostParts} parts`);
    await this.abandon(key, (found) => found === key, signal);
    const put = this.told('s3:PutObject', key);
    const { UploadId } = await awsCall(put, signal, () =>
      client.send(
        new CreateMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          ChecksumAlgorithm: 'CRC32C',
          ChecksumType: 'FULL_OBJECT',
          ...s3Description(options, this.vault.key),
        }),
        { abortSignal: signal },
      ),
    );
    try {
      const numbered = pieces.map((piece, index) => ({ ...piece, PartNumber: index + 1 }));
      const Parts = await inParallel(numbered, partsAtOnce, async ({ from, revision, range, PartNumber }) => {
        const { CopyPartResult } = await awsCall(put, signal, () =>
          client.send(
            new UploadPartCopyCommand({
              Bucket: bucket,
              Key: key,
              UploadId,
              PartNumber,
              CopySource: from,
              CopySourceIfMatch: `"${revision}"`,
              ...(range === null ? {} : { CopySourceRange: `bytes=${range[0]}-${range[1] - 1}` }),
            }),
            { abortSignal: signal },
          ),
        );
        return { PartNumber, ETag: CopyPartResult?.ETag, ChecksumCRC32C: CopyPartResult?.ChecksumCRC32C };
      });
      await awsCall(put, signal, () =>
        client.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key: key,
            UploadId,
            MultipartUpload: { Parts },
            ChecksumType: 'FULL_OBJECT',
            ChecksumCRC32C: base64(options.crc32c),
            ...s3Condition(options),
          }),
          { abortSignal: signal },
        ),
      );
    } catch (error) {
      await this.abort(key, UploadId).catch(() => undefined);
      throw error;
    }
    return this.checked(key, options, signal);
  }

  /** Done when there is none any more. */
  private async abort(key: string, UploadId: string | undefined, signal?: AbortSignal): Promise<void> {
    const { client, bucket } = this.vault;
    try {
      await awsCall(this.told('s3:AbortMultipartUpload', key), signal, () =>
        client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId }), { abortSignal: signal }),
      );
    } catch (error) {
      if ((error as { type?: unknown }).type !== failureTypes.notFound) throw error;
    }
  }

  private async joinHere(
    key: string,
    parts: readonly Pick<StoredObject, 'key' | 'revision' | 'bytes'>[],
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    if (parts.reduce((sum, { bytes }) => sum + bytes, 0) > mostJoinedHere)
      throw applicationFailure(
        failureTypes.invalidInput,
        `${key}: S3 joins no parts of less than ${smallestPart} bytes`,
      );
    const contents = await inParallel(parts, partsAtOnce, async ({ key: part, revision }) =>
      buffer(await this.read(part, { revision }, signal)),
    );
    return this.write(key, Buffer.concat(contents), options, signal);
  }

  /** What S3 says it has stored is held against what it was to store. */
  private async checked(key: string, { crc32c }: WriteOptions, signal?: AbortSignal): Promise<StoredObject> {
    const found = await this.head(key, signal);
    if (found?.crc32c === crc32c) return found;
    throw applicationFailure(
      failureTypes.verificationFailed,
      `s3://${this.vault.bucket}/${key}: S3 stored content with CRC32C ${found?.crc32c ?? 'unknown'} instead of ${crc32c}`,
    );
  }

  private get versioned(): VersionedS3 {
    const { client, bucket } = this.vault;
    return { client, bucket, told: (action, key) => this.told(action, key) };
  }

  private told(action: string, key: string): AwsCall {
    return { subject: `s3://${this.vault.bucket}/${key}`, ...this.vault.scope, action };
  }
}

function piecesOf(from: string, { bytes, revision }: Pick<StoredObject, 'bytes' | 'revision'>, most: number): Piece[] {
  if (bytes <= most) return [{ from, revision, range: null }];
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes; at += most) pieces.push({ from, revision, range: [at, Math.min(bytes, at + most)] });
  return pieces;
}

const copySource = (bucket: string, key: string) => `${bucket}/${encodeKey(key)}`;
const base64 = (crc32c: string) => Buffer.from(crc32c, 'hex').toString('base64');
