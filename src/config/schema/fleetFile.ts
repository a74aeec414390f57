import { z } from 'zod';
import { fleetNameMaxLength, fleetNamePattern } from '../../core/naming';
import { limitNames } from '../../core/limits/limit';
import { accounts } from './accounts';
import { roles } from './roles';
import { accountId, durationFrom, keyAlias, region } from './scalars';
import { select } from './select';
import { tiers } from './tiers';
import { vaults } from './vaults';

const limit = z.strictObject({
  limit: z.enum(limitNames as readonly string[]),
  account: accountId.optional(),
  region: region.optional(),
  capacity: z.int().min(1).max(10_000).meta({ description: 'Operations that may be in flight.' }),
});

const polling = z.strictObject({
  shortest: durationFrom('1s').default('20s').meta({ description: 'An end is noticed within this time, once it is near.' }),
  longest: durationFrom('1s').default('10m'),
});

const notifications = z.strictObject({
  snsTopics: z.array(z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/, 'not the ARN of an SNS topic')).default([]),
});

/** A fleet file without its overlays: what is left once one is applied. */
export const fleetFile = z.strictObject({
  fleet: z
    .string()
    .regex(fleetNamePattern, 'must be letters a–z, digits and single hyphens, beginning with a letter')
    .max(fleetNameMaxLength)
    .meta({ description: 'Part of every snapshot’s name: choose it once.' }),
  roles,
  accounts,
  vaults,
  shareableKey: keyAlias.optional().meta({
    description: 'A customer-managed key of the source accounts, for copies of what the default key aws/rds encrypts.',
  }),
  singleStepCopy: z.boolean().default(false).meta({ description: 'Copy across account and region in one call.' }),
  select,
  tiers,
  limits: z.array(limit).max(1000).default([]).meta({ description: 'Service limits that differ from AWS’s defaults.' }),
  polling: polling.default({ shortest: '20s', longest: '10m' }),
  notifications: notifications.default({ snsTopics: [] }),
});

export type FleetFile = z.output<typeof fleetFile>;
export type SectionName = keyof FleetFile;
