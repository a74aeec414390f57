import { type JudgedCopy, type JudgedObjects, type JudgedSnapshot, pointsOf } from '../catalogue/judgedCopy';
import { type CopyStatus, copyTags } from '../catalogue/copy';
import { type Proof } from '../catalogue/proof';

/** All that one shard of the index has of the recovery points of one resource. */
export interface CopyGroup {
  /** {@link pointsOf} of each. */
  readonly key: string;
  readonly copies: readonly JudgedCopy[];
}

/** A shard of the index that is not what it says. */
export class ShardFault extends Error {
  override readonly name = 'ShardFault';

  /** @param place of the shard; null: of what lies in no place of the fleet file */
  constructor(
    readonly place: string | null,
    message: string,
  ) {
    super(message);
  }
}

/** Tags that a judgement goes by beside the fields of a copy. */
const keptTags = [copyTags.verified, copyTags.deleteAfter] as const;
const statuses: readonly CopyStatus[] = ['in-progress', 'available', 'failed', 'deleting', 'other'];
const proofs = ['proven', 'unproven', 'refuted'] as const;

/** Says of a field that it is the same as another that every copy has. */
const same = 0;

/**
 * A line of a shard: `[key, words, copies]`. What many copies of a resource have in common stands among the words, once, and by its place there in
 * each copy; -1 stands for null.
 */
export function encodeGroup({ key, copies }: CopyGroup): string {
  const words = new Map<string, number>();
  const word = (text: string | null): number => {
    if (text === null) return -1;
    const known = words.get(text) ?? words.size;
    words.set(text, known);
    return known;
  };
  const rows = copies.map((one) => {
    const { recoveryPoint, scheduledTime, dataTime, copy, stored } = one;
    return [
      recoveryPoint === `${key}/${scheduledTime}` ? same : recoveryPoint,
      scheduledTime,
      dataTime === scheduledTime ? same : dataTime,
      ...[word(one.resource), word(one.tier), word(one.place), one.temporary ? 1 : 0, word(one.hold), one.verified],
      ...[word(one.incarnation), word(one.doubt)],
      ...(copy === null ? objectsRow(stored, word) : snapshotRow(copy, word)),
    ];
  });
  return JSON.stringify([key, [...words.keys()], rows]);
}

function snapshotRow(copy: JudgedSnapshot, word: (text: string | null) => number): unknown[] {
  const { id, arn, createdAt, takenAt, tags } = copy;
  return [
    ...[0, word(copy.kind), word(copy.account), word(copy.region), id],
    arn.endsWith(id) ? word(arn.slice(0, arn.length - id.length)) : arn,
    ...[statuses.indexOf(copy.status), word(copy.rawStatus), copy.sizeGiB, createdAt],
    takenAt === undefined ? null : takenAt === createdAt ? same : takenAt,
    copy.manual ? 1 : 0,
    ...keptTags.map((name) => tags[name] ?? null),
  ];
}

function objectsRow(stored: JudgedObjects, word: (text: string | null) => number): unknown[] {
  const { bucket, prefix, bytes, bundleSha256, skippedTables, proof } = stored;
  return [
    ...[1, word(bucket), prefix, bytes, bundleSha256],
    skippedTables.map(({ table, reason }) => [table, reason]),
    proofs.indexOf(proof.type),
    proof.type === 'proven' ? null : proof.why,
  ];
}

/**
 * Reads a line of a shard. Whoever can write into the bucket can write anything, so each field must be of its form.
 *
 * @param place of the shard
 * @param belongs whether copies of a place may stand there
 * @throws ShardFault
 */
export function decodeGroup(line: string, place: string | null, belongs: (place: string) => boolean): CopyGroup {
  const wrong = (what: string): never => {
    throw new ShardFault(place, what);
  };
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    wrong('a line is no JSON');
  }
  if (!Array.isArray(found) || found.length !== 3) return wrong('a line is no resource');
  const [key, words, rows] = found as readonly unknown[];
  if (typeof key !== 'string' || !isTexts(words) || !Array.isArray(rows)) return wrong('a line is no resource');
  const reader = new RowReader(key, words, () => wrong(`of ${key}, a copy is none`));
  const copies = (rows as readonly unknown[]).map((row) => {
    if (!Array.isArray(row)) return wrong(`of ${key}, a copy is none`);
    const copy = reader.copy(row as readonly unknown[]);
    if (!belongs(copy.place)) return wrong(`of ${key}, a copy lies in ${copy.place}`);
    if (pointsOf(copy.recoveryPoint) !== key) return wrong(`of ${key}, a copy is of ${copy.recoveryPoint}`);
    return copy;
  });
  return { key, copies };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** Reads the copies of a line, the fields of each one after the other. */
class RowReader {
  private row: readonly unknown[] = [];
  private next = 0;

  constructor(
    private readonly key: string,
    private readonly words: readonly string[],
    private readonly wrong: () => never,
  ) {}

  copy(row: readonly unknown[]): JudgedCopy {
    this.row = row;
    this.next = 0;
    const point = this.field();
    const scheduledTime = this.text();
    const common = {
      recoveryPoint: point === same ? `${this.key}/${scheduledTime}` : this.textOf(point),
      scheduledTime,
      dataTime: this.sameOr(scheduledTime),
      resource: this.word(),
      tier: this.word(),
      place: this.word(),
      temporary: this.number() === 1,
      hold: this.word(),
      verified: this.textOrNull(),
      incarnation: this.wordOrNull(),
      doubt: this.wordOrNull(),
    };
    const isStored = this.number() === 1;
    const copy: JudgedCopy = isStored
      ? { ...common, copy: null, stored: this.objects() }
      : { ...common, copy: this.snapshot(), stored: null };
    return this.next === this.row.length ? copy : this.wrong();
  }

  private snapshot(): JudgedSnapshot {
    const kind = this.word();
    const account = this.word();
    const region = this.word();
    const id = this.text();
    const named = this.field();
    const arn = typeof named === 'number' ? `${this.wordAt(named)}${id}` : this.textOf(named);
    const status = statuses[this.number()] ?? this.wrong();
    const rawStatus = this.word();
    const sizeGiB = this.number();
    const createdAt = this.textOrNull();
    const takenAt = this.sameOr(createdAt);
    const manual = this.number() === 1;
    const tags: Record<string, string> = {};
    for (const name of keptTags) {
      const value = this.textOrNull();
      if (value !== null) tags[name] = value;
    }
    // Each object that is spread into another takes as long as all fields: there is one of these for every copy.
    const snapshot = { kind, account, region, id, arn, status, rawStatus, sizeGiB, createdAt, manual, tags };
    return takenAt === null ? snapshot : { ...snapshot, takenAt };
  }

  private objects(): JudgedObjects {
    const [bucket, prefix, bytes, bundleSha256] = [this.word(), this.text(), this.number(), this.textOrNull()];
    const skipped = this.field();
    const type = proofs[this.number()] ?? this.wrong();
    const why = this.textOrNull() ?? '';
    const proof: Proof = type === 'proven' ? { type } : { type, why };
    if (!Array.isArray(skipped)) return this.wrong();
    const skippedTables = (skipped as readonly unknown[]).map((one) => {
      const [table, reason] = Array.isArray(one) ? (one as readonly unknown[]) : [];
      return { table: this.textOf(table), reason: reason === null ? null : this.textOf(reason) };
    });
    return { bucket, prefix, bytes, bundleSha256, skippedTables, proof };
  }

  private field(): unknown {
    return this.row[this.next++];
  }

  private text(): string {
    return this.textOf(this.field());
  }

  private textOf(value: unknown): string {
    return typeof value === 'string' ? value : this.wrong();
  }

  private textOrNull(): string | null {
    const value = this.field();
    return value === null ? null : this.textOf(value);
  }

  private sameOr(other: string | null): string | null {
    const value = this.field();
    return value === same ? other : value === null ? null : this.textOf(value);
  }

  private number(): number {
    const value = this.field();
    return typeof value === 'number' && value >= 0 ? value : this.wrong();
  }

  private word(): string {
    return this.wordAt(this.field());
  }

  private wordOrNull(): string | null {
    const value = this.field();
    return value === -1 ? null : this.wordAt(value);
  }

  private wordAt(index: unknown): string {
    return (typeof index === 'number' ? this.words[index] : undefined) ?? this.wrong();
  }
}
