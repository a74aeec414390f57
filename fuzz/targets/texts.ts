import { jsonLine, logLine } from '../../src/worker/workerLog';
import { markdown } from '../../src/core/markdown';
import { printable, printableJson } from '../../src/core/plainText';
import { withoutSecrets } from '../../src/clouds/aws/withoutSecrets';
import { shortReason } from '../../src/client/cli/tables/shortReason';
import { tableText } from '../../src/client/cli/tables/table';
import { wrapped } from '../../src/client/textWidth';
import { fc, json, text } from '../inputs';
import { ensure, requirePlain, target } from '../target';

/** Markdown and HTML that would mean something. */
const meaningful = /(?<!\\)(\\\\)*[`*_[\]<>~|]/;

/** Texts of others on their way to terminals, logs and the Temporal UI. */
export const shownTexts = target('shownTexts', fc.tuple(text, text, json), ([one, other, data]) => {
  requirePlain(printable(one));
  ensure(printable(printable(one)) === printable(one), 'it is not the same the second time');
  ensure(
    JSON.stringify(JSON.parse(printableJson(JSON.stringify(data)))) === JSON.stringify(data),
    'JSON that says something else',
  );
  requirePlain(printableJson(JSON.stringify(data)));
  const line = markdown`${one}`;
  ensure(!meaningful.test(line), `Markdown: ${line}`);
  requirePlain(line);
  const entry = {
    level: 'WARN',
    message: one,
    timestampNanos: 1n,
    meta: { error: data, other, [other]: one },
  } as const;
  for (const logged of [logLine(entry), jsonLine(entry)]) {
    ensure(!logged.includes('\n'), 'a log of several lines');
    requirePlain(logged);
  }
  ensure(
    (JSON.parse(jsonLine(entry)) as { message: unknown }).message === one,
    'a log in JSON that says something else',
  );
  wrapped(one, 20);
  tableText(['a'], [[one], [other]], (title) => title);
  ensure(shortReason(one).length <= one.length, 'a longer short reason');
  ensure(withoutSecrets(one).length <= 700, 'a text without secrets that is too long');
});
