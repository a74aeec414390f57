import { z } from 'zod';

const secretPattern =
  /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9{}-]+:[0-9a-z{}]+:secret:)?(?=.{1,400}$)([\w/+=.@!-]|\{(account|region|id)\})+$/;

/** The name, or the ARN, of a secret; `{account}`, `{region}` and `{id}` stand for those of the database. */
export const secret = z
  .string()
  .regex(
    secretPattern,
    'not the name or ARN of a secret, like `farcopy/{id}`; only {account}, {region} and {id} may stand in braces',
  );

export const databaseAccess = z.strictObject({
  user: z
    .string()
    .regex(/^[^\p{Cc}]{1,63}$/u, 'not the name of a role')
    .optional()
    .meta({ description: 'Default: the master user.' }),
  authentication: z
    .union([z.literal('iam'), z.strictObject({ secret })], { error: 'must be `iam`, or {secret: NAME}' })
    .meta({
      description: 'A token that AWS signs, or a secret of Secrets Manager in the account of the database.',
    }),
  tls: z
    .enum(['verify-full', 'require', 'disable'])
    .default('verify-full')
    .meta({ description: 'verify-full trusts what NODE_EXTRA_CA_CERTS names besides the usual.' }),
});
