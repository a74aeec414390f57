import { type CopyingStore, type CopySource, type StoredObject, type WriteOptions } from '../../src/clouds/objectStore';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { FakeObjectStore, hexCrc } from './objectStore';

/** A bucket in memory that fetches from other ones of its cloud by itself. */
export class FakeCopyingStore extends FakeObjectStore implements CopyingStore {
  /** Keys that were fetched. */
  readonly fetched: string[] = [];
  readonly abandoned: string[] = [];
  /** What befalls a fetch; asked once a fetch. */
  fetchFault: (key: string) => 'denied' | 'flipped' | 'unanswered' | undefined = () => undefined;

  constructor(private readonly others: ReadonlyMap<string, FakeObjectStore>) {
    super();
  }

  async copyFrom(source: CopySource, key: string, options: WriteOptions): Promise<StoredObject> {
    const fault = this.fetchFault(key);
    if (fault === 'denied') throw applicationFailure(failureTypes.configuration, `${key}: access denied`);
    const found = this.others.get(source.bucket)?.objects.get(source.key);
    if (found === undefined) throw applicationFailure(failureTypes.notFound, `${source.key}: none`);
    if (found.revision !== source.revision)
      throw applicationFailure(failureTypes.conflict, `${source.key}: another one`);
    const there = this.objects.get(key);
    const { onlyIf, metadata, retainUntil } = options;
    const met = onlyIf === undefined || (onlyIf === 'absent' ? !there : there?.revision === onlyIf.revision);
    if (!met) throw applicationFailure(failureTypes.conflict, `${key}: precondition`);
    const content = Buffer.from(found.content);
    if (fault === 'flipped') content[0] = (content[0] ?? 0) ^ 1;
    if (hexCrc(content) !== options.crc32c)
      throw applicationFailure(failureTypes.verificationFailed, `${key}: the copy has another CRC32C`);
    const object = this.put(key, content, { ...metadata });
    if (retainUntil !== undefined) object.retainUntil = retainUntil;
    this.fetched.push(key);
    if (fault === 'unanswered') throw applicationFailure(failureTypes.transient, `${key}: no answer`);
    const { revision } = object;
    return { key, bytes: content.length, crc32c: hexCrc(content), revision, metadata: { ...metadata } };
  }

  async abandonUploads(prefix: string): Promise<void> {
    this.abandoned.push(prefix);
  }
}
