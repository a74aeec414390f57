import { z } from 'zod';
import { environmentVariable, roleTemplate } from './scalars';

/** STS AssumeRole's rules for ExternalId and RoleSessionName. */
const externalIdText = z
  .string()
  .regex(
    /^[\w+=,.@:/-]{2,1224}$/,
    'not an external id: 2–1224 letters, digits and `+=,.@:/-`; write {env: NAME} to take it from the environment',
  );

export const roles = z.strictObject({
  source: roleTemplate.meta({ description: 'The role that opens an account whose resources are protected.' }),
  vault: roleTemplate.meta({ description: 'The role that opens a vault account.' }),
  restore: roleTemplate.optional().meta({
    description: 'The role that restores. Default: `vault` in the accounts of vaults, `source` in all others.',
  }),
  lender: roleTemplate.optional().meta({
    description: 'The role that lends copies of vault accounts to restores. Default: `restore`, or else `vault`.',
  }),
  marker: roleTemplate.optional().meta({
    description:
      'The role that lists all copies, and marks those that retention lets go. Workers of the queue `mark` use it alone.',
  }),
  pruner: roleTemplate.optional().meta({
    description:
      'The role that lists all copies, and deletes what is marked. Workers of the queue `prune` use it alone.',
  }),
  externalId: z
    .union([externalIdText, environmentVariable], { error: 'must be a text, or {env: NAME}' })
    .optional()
    .meta({ description: 'What the roles’ trust policies demand; {env: NAME} takes it from the environment.' }),
  sessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, 'not a session name: 2–64 letters, digits and `+=,.@-`')
    .default('farcopy')
    .meta({ description: 'Stands in CloudTrail.' }),
});
