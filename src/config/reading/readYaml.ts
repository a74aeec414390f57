import {
  Composer,
  type CST,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  Parser,
} from 'yaml';
import { FleetFileError, type FleetIssue } from './fleetFileError';
import { type Located, type LocatedEntry, type Path, pathText, type Position, type Scalar } from './located';
import { printable, quoted } from './quoted';

/** The fleet file needs 8. The library recurses, and a stack that overflows in a regular expression ends the process. */
const deepest = 32;
/** Counted with aliases expanded, so a "billion laughs" ends here. A MiB of accounts stays below. */
const mostValues = 100_000;

/** Where the library's own words do not help. */
const messages: Partial<Record<ErrorCode, string>> = {
  NON_STRING_KEY: 'a key must be a text',
};

const hints: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_ALIAS: 'a text that begins with * or & needs quotes',
};

/**
 * Reads one YAML 1.2 (or JSON) document into values that know their place.
 *
 * @throws FleetFileError with all faults of syntax, duplicate keys and tags among them.
 */
export function readYaml(text: string, file: string): Located {
  return new YamlReader(text, file).read();
}

class YamlReader {
  private readonly lines = new LineCounter();
  private readonly issues: FleetIssue[] = [];
  private readonly anchors = new Map<string, unknown>();
  /** The collections around the current one: an alias to one of them would never end. */
  private readonly open = new Set<unknown>();
  private values = 0;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  read(): Located {
    const tokens = [...new Parser(this.lines.addNewLine).parse(this.text)];
    this.refuseControlCharacters();
    this.refuseDepth(tokens);
    const document = this.compose(tokens);
    if (this.issues.length > 0) throw new FleetFileError(this.issues);
    const root = this.locate(document.contents, []);
    if (this.issues.length > 0) throw new FleetFileError(this.issues);
    return root;
  }

  private refuseControlCharacters(): void {
    // YAML 1.2.2, section 5.1: of the control characters only tab and the line breaks may be written as they are.
    // eslint-disable-next-line no-control-regex
    const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.exec(this.text);
    if (found !== null) throw this.fatal(found.index, `control character ${quoted(found[0])}`, 'is this a text file?');
  }

  private refuseDepth(tokens: readonly CST.Token[]): void {
    const pending = tokens.map((token) => ({ token, depth: 0 }));
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { token, depth } = next;
      if (depth > deepest) throw this.fatal(token.offset, `nested more than ${deepest} levels deep`);
      if (token.type === 'document' && token.value) pending.push({ token: token.value, depth });
      if (!('items' in token)) continue;
      for (const { key, value } of token.items) {
        if (key) pending.push({ token: key, depth: depth + 1 });
        if (value) pending.push({ token: value, depth: depth + 1 });
      }
    }
  }

  private compose(tokens: readonly CST.Token[]): Document.Parsed {
    // Keys are compared in `entriesOf`, which tells both lines. Unknown tags are warnings to the library.
    const options = { prettyErrors: false, stringKeys: true, uniqueKeys: false, resolveKnownTags: false } as const;
    const documents = new Composer({ ...options, schema: 'core' }).compose(tokens, true, this.text.length);
    const { value: document } = documents.next() as IteratorYieldResult<Document.Parsed>;
    for (const { pos, code, message } of [...document.errors, ...document.warnings]) {
      this.report(pos[0], [], messages[code] ?? printable(message, 200), hints[code]);
    }
    const second = document.errors.length === 0 ? documents.next().value : undefined;
    if (second) {
      const hint = 'keep one document in a file; overlays hold what differs';
      this.report(second.range[0], [], 'a second document', hint);
    }
    if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
      this.report(0, [], `YAML ${document.directives.yaml.version} is not supported`, 'remove the %YAML line');
    }
    const { contents } = document;
    if (this.issues.length === 0 && (contents === null || (isScalar(contents) && contents.value === null))) {
      this.report(0, [], 'the file is empty', '`farcopy init` writes an example');
    }
    return document;
  }

  private locate(node: unknown, path: Path): Located {
    const offset = offsetOf(node);
    const at = this.position(offset);
    if (++this.values > mostValues) {
      throw this.fatal(offset, `more than ${mostValues} values once aliases are expanded: this is no fleet file`);
    }
    if (isAlias(node)) return { ...this.followAlias(node.source, offset, path), at };
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      const known = this.anchors.get(node.anchor) ?? node;
      // YAML lets an anchor be redefined; what an alias then means depends on reading order, so it is refused here.
      if (known !== node) this.report(offset, path, `anchor ${quoted(node.anchor)} is defined twice`);
      this.anchors.set(node.anchor, node);
    }
    if (!isMap(node) && !isSeq(node)) {
      return { type: 'scalar', at, value: isScalar(node) ? (node.value as Scalar) : null };
    }
    if (path.length >= deepest) throw this.fatal(offset, `nested more than ${deepest} levels deep`);
    this.open.add(node);
    const located: Located = isSeq(node)
      ? { type: 'list', at, items: node.items.map((item, i) => this.locate(item, [...path, i])) }
      : { type: 'map', at, entries: this.entriesOf(node.items, path) };
    this.open.delete(node);
    return located;
  }

  private followAlias(name: string, offset: number, path: Path): Located {
    const target = this.anchors.get(name);
    const at = this.position(offset);
    if (target === undefined) this.report(offset, path, `alias ${quoted(`*${name}`)} names no anchor above it`);
    else if (this.open.has(target)) this.report(offset, path, `alias ${quoted(`*${name}`)} contains itself`);
    else return this.locate(target, path);
    return { type: 'scalar', at, value: null };
  }

  private entriesOf(pairs: readonly Pair[], path: Path): Map<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>();
    for (const pair of pairs) {
      const offset = offsetOf(pair.key);
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const first = entries.get(key);
      if (first !== undefined) {
        this.report(offset, [...path, key], `duplicate key ${quoted(key)}`, `it is also in line ${first.keyAt.line}`);
      } else if (key === '__proto__') {
        this.report(offset, path, `${quoted(key)} cannot be a key`);
      } else {
        entries.set(key, { keyAt: this.position(offset), value: this.locate(pair.value, [...path, key]) });
      }
    }
    return entries;
  }

  private report(offset: number, path: Path, message: string, hint?: string): void {
    const { line, column } = this.position(offset);
    const issue = { file: this.file, line, column, path: pathText(path), message };
    this.issues.push(hint === undefined ? issue : { ...issue, hint });
  }

  private fatal(offset: number, message: string, hint?: string): FleetFileError {
    this.report(offset, [], message, hint);
    return new FleetFileError(this.issues);
  }

  private position(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }
}

function offsetOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}
