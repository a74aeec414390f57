import { z } from 'zod';
import { accountId, region } from './scalars';

/** The rules of RDS for identifiers of clusters and instances (CreateDBCluster, DBClusterIdentifier). */
const identifier = z
  .string()
  .regex(
    /^(?=.{1,63}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/,
    'not an identifier: 1–63 letters, digits and single hyphens, beginning with a letter',
  );

const resources = z
  .array(
    z.union([identifier, z.strictObject({ id: identifier, region: region.optional() })], {
      error: 'must be an identifier, or {id, region}',
    }),
  )
  .optional();

/** The selection of a run on demand. */
export const selectionFile = z.strictObject({
  accounts: z
    .array(
      z.strictObject({
        account_id: accountId,
        region: region.optional(),
        resources: z.strictObject({
          aurora: resources,
          rds: resources,
          'aurora-cluster': resources,
          'rds-instance': resources,
        }),
      }),
    )
    .min(1),
});
