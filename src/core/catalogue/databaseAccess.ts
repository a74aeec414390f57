/** How the databases of a tier are connected to: for their schema, and in drills. No secret is in it. */
export interface DatabaseAccess {
  /** Null: the master user. */
  readonly user: string | null;
  /**
   * `iam`: a token that AWS signs for the role that asks. Else the name or ARN of a secret of Secrets Manager, with
   * {@link secretName}'s placeholders: a JSON document with `password`, as AWS writes it, or the password itself.
   */
  readonly authentication: { readonly type: 'iam' } | { readonly type: 'secret'; readonly secret: string };
  /** `verify-full` trusts what Node.js trusts: NODE_EXTRA_CA_CERTS adds the certificates of AWS. */
  readonly tls: 'verify-full' | 'require' | 'disable';
}

/** The secret of one database: `{account}`, `{region}` and `{id}` stand for those of the protected resource. */
export function secretName(
  template: string,
  { account, region, id }: { readonly account: string; readonly region: string; readonly id: string },
): string {
  return template.replaceAll('{account}', account).replaceAll('{region}', region).replaceAll('{id}', id);
}

/** As the input of a step carries it. */
export function databaseAccessOf(input: unknown): DatabaseAccess | null {
  return (input ?? null) as DatabaseAccess | null;
}
