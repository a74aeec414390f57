import { z } from 'zod';
import { accountId, glob, region } from './scalars';

const regions = z.array(region).min(1).meta({ description: 'Where resources are looked for.' });

const listedAccount = z.strictObject({
  id: accountId,
  name: z
    .string()
    .min(1)
    .max(100)
    .refine((text) => !/\p{Cc}/u.test(text), 'must be on one line')
    .optional()
    .meta({ description: 'For people; any script.' }),
  regions,
});

const organization = z.strictObject({
  account: accountId.meta({ description: 'The management account, or a delegated one, that may list accounts.' }),
  regions,
  include: z.array(glob).min(1).optional().meta({ description: 'Accounts by id or name; default all.' }),
  exclude: z.array(glob).min(1).optional().meta({ description: 'Accounts by id or name.' }),
});

export const accounts = z.union([z.array(listedAccount).min(1), z.strictObject({ organization })], {
  error: 'must be a list of accounts, or {organization: …}',
});
