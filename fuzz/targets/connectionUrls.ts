import { parsePostgresUrl } from '../../src/core/restore/postgresUrl';
import { Connection, connectionConfig } from '../../src/postgres/connect/connection';
import { fc, mutatedText, text } from '../inputs';
import { ensure, refusedOr, requirePlain, target } from '../target';

const whole = 'postgres://me@db.example.org:5432/shop?sslmode=verify-full';
const parameter = fc.tuple(
  fc.constantFrom(
    'host',
    'hostaddr',
    'port',
    'user',
    'password',
    'dbname',
    'sslcert',
    'sslkey',
    'sslrootcert',
    'service',
    'sslmode',
    'options',
    'ssl',
    'application_name',
  ),
  fc.oneof(fc.constantFrom('evil.example', '/etc/passwd', '127.0.0.1', '1', 'disable'), text),
);
const urls = fc.oneof(
  mutatedText(whole),
  fc
    .array(parameter, { maxLength: 3 })
    .map((list) => `${whole.split('?')[0]}?${list.map((pair) => pair.join('=')).join('&')}`),
  fc.tuple(text, text, text).map(([user, host, database]) => `postgres://${user}@${host}/${database}`),
  text,
);

/** URLs of databases: what is compared must be what is connected to. */
export const connectionUrls = target('connectionUrls', urls, async (url) => {
  const found = await refusedOr(() => parsePostgresUrl(url));
  if (found === undefined) return;
  const client = new Connection(connectionConfig(found, 'secret', {}));
  ensure(client.host === found.host && client.port === found.port, `${url} is ${client.host}:${client.port}`);
  ensure(
    client.user === found.user && client.database === found.database,
    `${url} is ${client.user}/${client.database}`,
  );
  ensure(!/[/,\s]/.test(client.host), `a path or a list: ${client.host}`);
  ensure(url.toLowerCase().includes(client.host), `${client.host} does not stand in ${url}`);
  requirePlain(found.database.replace(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ''));
});
