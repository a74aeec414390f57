import { escapeLiteral } from 'pg';
import { scratchComment } from '../../src/core/drill/drillScratch';
import { CopyText } from '../../src/postgres/copyText';
import { createSchema } from '../../src/postgres/createSchema';
import { tableFolder } from '../../src/postgres/exportLayout';
import { qualified } from '../../src/postgres/qualified';
import { fc, text } from '../inputs';
import { ensure, refusedOr, target } from '../target';

/** Reads SQL as PostgreSQL's scanner does, as far as names and texts go: what they hold, and what stands between them. */
function scan(sql: string): { readonly names: string[]; readonly texts: string[]; readonly between: string } {
  const names: string[] = [];
  const texts: string[] = [];
  let between = '';
  for (let at = 0; at < sql.length;) {
    const [name] = /^"((?:[^"\0]|"")+)"/.exec(sql.slice(at)) ?? [];
    const [literal] =
      /^ ?E'((?:[^'\\\0]|''|\\\\)*)'/.exec(sql.slice(at)) ?? /^'((?:[^'\\\0]|'')*)'/.exec(sql.slice(at)) ?? [];
    if (name !== undefined) names.push(name.slice(1, -1).replaceAll('""', '"'));
    else if (literal !== undefined)
      texts.push(
        literal
          .slice(literal.indexOf("'") + 1, -1)
          .replaceAll("''", "'")
          .replaceAll('\\\\', literal.startsWith("'") ? '\\\\' : '\\'),
      );
    else between += sql[at];
    at += (name ?? literal ?? ' ').length;
  }
  return { names, texts, between };
}

const name = text.filter((one) => one !== '');

/** Names of databases in SQL. */
export const identifiers = target('identifiers', fc.tuple(name, name, text), async ([schema, table, comment]) => {
  const written = await refusedOr(() => qualified({ schema, name: table }));
  if (written !== undefined) {
    const { names, between } = scan(written);
    ensure(
      between === '.' && names[0] === schema && names[1] === table,
      `${written} is ${JSON.stringify({ names, between })}`,
    );
  }
  tableFolder({ schema, name: table });
  if (comment.includes('\0')) return;
  const { texts, between } = scan(escapeLiteral(comment));
  ensure(between === '' && texts[0] === comment, `${escapeLiteral(comment)} is ${JSON.stringify(texts)}`);
  const owned = scan(
    `COMMENT ON DATABASE "x" IS ${escapeLiteral(scratchComment({ fleet: comment, workflowId: comment, runId: '', since: '' }))}`,
  );
  ensure(owned.between === 'COMMENT ON DATABASE  IS ', owned.between);
});

/** Statements that a forged bundle of names would write; definitions are SQL by design, and come from a proven bundle. */
export const schemas = target('schemas', fc.tuple(name, name, name), async ([schema, table, other]) => {
  const statements = await refusedOr(() =>
    createSchema(
      {
        version: 1,
        ...{ database: other, takenFrom: 'live', serverVersion: 180001, encoding: 'UTF8', monetary: 'C' },
        extensions: [{ name: other, schema, tables: [] }],
        schemas: [{ name: schema, comment: null }],
        collations: [{ schema, name: table, provider: 'icu', locale: other, deterministic: true }],
        types: [{ schema, name: table, kind: 'enum', labels: [other] }],
        ...{ functions: [], sequences: [], tables: [], views: [], omitted: [] },
      },
      'before-data',
    ),
  );
  for (const { sql } of statements ?? []) {
    const { between } = scan(sql);
    ensure(/^[A-Za-z .,()=]*$/.test(between), `${JSON.stringify(between)} stands in ${sql}`);
  }
});

/** Values of rows in the text that COPY reads. */
export const rows = target(
  'rows',
  fc.array(fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 20 })), { minLength: 1, maxLength: 6 }),
  (values) => {
    const out = new CopyText();
    values.forEach((value, i) => {
      if (i > 0) out.tab();
      if (value === null) out.null();
      else out.text(value);
    });
    out.endRow();
    const written = out.take().toString('latin1');
    ensure(written.endsWith('\n') && written.indexOf('\n') === written.length - 1, 'a row of several lines');
    const read = written
      .slice(0, -1)
      .split('\t')
      .map((field) =>
        field === '\\N'
          ? null
          : field.replace(/\\(.)/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\' })[c] ?? '?'),
      );
    ensure(
      JSON.stringify(read) ===
        JSON.stringify(values.map((value) => (value === null ? null : Buffer.from(value).toString('latin1')))),
      written,
    );
  },
);
