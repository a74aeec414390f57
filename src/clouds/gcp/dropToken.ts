import { type Storage } from '@google-cloud/storage';

/** A time long ago; the library takes 0 for none. */
const longAgo = 1;

/** Forgets a token that GCS has refused, so that the library asks for a new one; one that has replaced it meanwhile stays. */
export async function dropToken({ authClient }: Storage, authorization: string): Promise<void> {
  const client = await authClient.getClient();
  const { credentials } = client;
  if (authorization.endsWith(` ${credentials.access_token ?? ''}`))
    client.setCredentials({ ...credentials, expiry_date: longAgo });
}
