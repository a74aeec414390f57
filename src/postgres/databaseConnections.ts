import { type Client } from 'pg';
import { type Scope } from '../core/catalogue/copy';
import { type DatabaseAccess } from '../core/catalogue/databaseAccess';
import { type ResourceRef } from '../core/resource';
import { connected, connectionConfig } from './connect/connection';
import { type Advice, postgresFailure } from './postgresFailure';

/** A database of a cluster or an instance, as AWS describes where it listens. */
export interface DatabaseEndpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly masterUsername: string | null;
}

/** Opens the databases of clusters and instances as the fleet file says. */
export interface DatabaseConnections {
  /**
   * An open session, which the caller ends; the signal ends it too, whatever it is doing. Throws failures of core/failure.ts.
   *
   * @param resource the protected one, also where a restored one is opened: it fills the placeholders of the secret's name
   * @param scope where the database stands: its role reads the secret, or signs the token
   */
  open(
    endpoint: DatabaseEndpoint,
    access: DatabaseAccess,
    resource: ResourceRef,
    scope: Scope,
    signal?: AbortSignal,
  ): Promise<Client>;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Where people look when a database of AWS refuses what the fleet file says. */
export const adviceOnConnect: Advice = {
  login: 'check user, password and database in `connect`, see docs/fleet-file.md#connections-to-databases',
  tls: 'see `tls` in `connect`, and docs/fleet-file.md#connections-to-databases for the certificates of AWS',
  permission: 'see docs/security.md#roles-in-databases for what the user needs',
};

const connectionTimeoutMs = 15_000;
/** A network that loses a connection without a word is noticed by TCP after this. */
const keepAliveAfterMs = 10_000;

/**
 * What PostgreSQL itself ends, whatever becomes of the one who asked: a worker that dies may leave neither a query nor an open
 * transaction in a database of production.
 */
const limits = {
  lock_timeout: 10_000,
  statement_timeout: 10 * 60_000,
  idle_in_transaction_session_timeout: 60_000,
};

/** Connects to a database. No failure holds the password, nor anything that was sent. */
export async function openDatabase(
  { host, port, database }: DatabaseEndpoint,
  { user, password }: Login,
  tls: DatabaseAccess['tls'],
  signal?: AbortSignal,
): Promise<Client> {
  const config = connectionConfig({ host, port, database, user, tls }, password, {
    application_name: 'farcopy',
    connectionTimeoutMillis: connectionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    ...limits,
  });
  return connected(config, signal).catch((error: unknown) => {
    throw postgresFailure(error, `connecting to ${host}:${port}/${database} as ${user}`, adviceOnConnect);
  });
}
