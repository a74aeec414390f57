import { deflateRawSync, inflateRawSync } from 'node:zlib';

const partCharacters = 512 * 1024;

/** Many texts that are alike, kept in a twentieth of the memory until somebody goes through them. None may have a line's end. */
export class PackedTexts implements Iterable<string> {
  private readonly parts: Buffer[] = [];
  private open: string[] = [];
  private size = 0;
  length = 0;

  add(text: string): void {
    this.open.push(text);
    this.size += text.length;
    this.length += 1;
    if (this.size < partCharacters) return;
    this.parts.push(deflateRawSync(this.open.join('\n'), { level: 1 }));
    [this.open, this.size] = [[], 0];
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const part of this.parts) yield* inflateRawSync(part).toString('utf8').split('\n');
    yield* this.open;
  }
}
