import { applicationFailure } from '../applicationFailure';
import { type DatabaseAccess } from '../catalogue/databaseAccess';
import { failureTypes } from '../failure';

/** The database that a URL names: all of it, so that nothing is left for the environment to say. */
export interface PostgresTarget {
  /** A name or an address, in lower case; never a path. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly tls: DatabaseAccess['tls'];
}

const defaultPort = 5432;
const longestUrl = 2_000;
const example = 'postgres://user@host:5432/database';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const hostName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
const hostAddress = /^[0-9a-f:.]{2,45}$/;
/** Nobody listens on the way to these. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

const tlsModes: readonly DatabaseAccess['tls'][] = ['verify-full', 'require', 'disable'];

/** Why a parameter may not stand in the query, and what to do instead. */
const refusals: Readonly<Record<string, string>> = {
  host: 'the host stands before the path, where the secret is held against it',
  hostaddr: 'the host stands before the path, where the secret is held against it',
  port: 'the port stands behind the host',
  user: 'the user stands before the host',
  dbname: 'the database is the path',
  db: 'the database is the path',
  password: 'nobody may see it; use PGPASSWORD or a secret',
  passfile: 'no file of the process is opened; use PGPASSWORD or a secret',
  service: 'no file of the process is opened; name host, port, user and database',
  sslcert: 'no file of the process is opened; log in with a password',
  sslkey: 'no file of the process is opened; log in with a password',
  sslrootcert: 'no file of the process is opened; NODE_EXTRA_CA_CERTS names further certificates',
};

/** Whether a text names a host, and no path of a socket or list of hosts. Of an address of IPv6 without its brackets. */
export function isHost(text: string): boolean {
  const lower = text.toLowerCase();
  return hostName.test(lower) || (lower.includes(':') && hostAddress.test(lower));
}

/**
 * Reads the URL of a database. It is the only reader: whatever is compared, shown and connected to is what this returns.
 *
 * @throws ApplicationFailure `InvalidInput`, which never repeats a password.
 */
export function parsePostgresUrl(url: unknown): PostgresTarget {
  if (typeof url !== 'string' || url.length > longestUrl) throw invalid('is no URL');
  // URL parsers drop some of these in silence.
  if (/[\s\p{Cc}\\]/u.test(url)) throw invalid('has spaces, control characters or backslashes');
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid('is no URL');
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw invalid('is not PostgreSQL');
  if (parsed.password !== '')
    throw invalid('has its password in the URL, where everyone sees it; use PGPASSWORD or a secret');
  if (parsed.hash !== '') throw invalid('has a #');
  const tls = queryTls(parsed.searchParams);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const database = decoded(parsed.pathname.slice(1), 'database');
  const user = decoded(parsed.username, 'user');
  if (host === '' || database === '') throw invalid('names no host and database');
  if (user === '') throw invalid('names no user');
  if (!isHost(host)) throw invalid('names no host: sockets and lists of hosts are not connected to');
  const port = parsed.port === '' ? defaultPort : Number(parsed.port);
  if (port < 1) throw invalid('has no port that can be connected to');
  return { host, port, database, user, tls: tls ?? (loopback.test(host) ? 'disable' : 'verify-full') };
}

function queryTls(query: URLSearchParams): DatabaseAccess['tls'] | undefined {
  const names = [...query.keys()];
  for (const name of names) {
    if (name === 'sslmode') continue;
    const why = Object.hasOwn(refusals, name) ? `: ${refusals[name]}` : '; only sslmode may stand there';
    throw invalid(`has ${/^[a-z_]{1,40}$/.test(name) ? name : 'something unknown'} in its query${why}`);
  }
  if (names.length > 1) throw invalid('has sslmode twice');
  const mode = query.get('sslmode');
  if (mode === null) return undefined;
  const tls = tlsModes.find((one) => one === mode);
  if (tls === undefined) throw invalid(`has an sslmode other than ${tlsModes.join(', ')}`);
  return tls;
}

/** A NUL would end the name, and begin a parameter of the connection. */
function decoded(text: string, what: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    throw invalid(`has a ${what} that cannot be decoded`);
  }
  if (/\p{Cc}/u.test(plain)) throw invalid(`has control characters in its ${what}`);
  return plain;
}

const invalid = (why: string) =>
  applicationFailure(failureTypes.invalidInput, `the target ${why}: give it as ${example}`);
