import { type DatabaseSecret } from '../../clouds/aws/readSecret';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { parsePostgresUrl, type PostgresTarget } from '../../core/restore/postgresUrl';

export interface PasswordDependencies {
  /** Throws failures of core/failure.ts. */
  readonly readSecret: (arn: string, signal: AbortSignal) => Promise<DatabaseSecret>;
  /** {@link namedServers} of the fleet file. */
  readonly servers: ReadonlySet<string>;
  /** PGPASSWORD of this process. */
  readonly ownPassword: string | undefined;
}

const serverOf = ({ host, port }: PostgresTarget) => `${host}:${port}`;

/** The servers that the fleet file names, as `host:port`: those of its drills. */
export function namedServers({ tiers }: Pick<Fleet, 'tiers'>): ReadonlySet<string> {
  const targets = tiers.flatMap(({ drills }) => drills.map(({ to }) => to));
  return new Set(targets.flatMap((to) => (to.type === 'postgres' ? [serverOf(parsePostgresUrl(to.url))] : [])));
}

/**
 * The password for a server, undefined where there is none for it. Whoever may start a workflow chooses URL and secret, so a
 * password goes to the host that its secret names, or to a server that the fleet file names, and nowhere else.
 *
 * @throws `Configuration` where the secret is for another host, or does not say for which.
 */
export async function serverPassword(
  { url, secret }: { readonly url: string; readonly secret: string | null },
  { readSecret, servers, ownPassword }: PasswordDependencies,
  signal: AbortSignal,
): Promise<string | undefined> {
  const target = parsePostgresUrl(url);
  const isNamed = servers.has(serverOf(target));
  if (secret === null) return isNamed ? ownPassword : undefined;
  const { host, password } = await readSecret(secret, signal);
  if (host === null ? isNamed : host.toLowerCase() === target.host) return password;
  throw applicationFailure(
    failureTypes.configuration,
    host === null
      ? `secret ${secret} does not say for which host it is, and ${serverOf(target)} is no server of the fleet file: give the secret a \`host\``
      : `the secret is for ${host}, and the target is ${target.host}`,
  );
}
