import { z } from 'zod';
import { blackout } from './blackout';
import { databaseAccess } from './databaseAccess';
import { drills } from './drills';
import { retention } from './retention/retention';
import { durationFrom, jitter, name } from './scalars';
import { schedule, timezone } from './schedule';

const tier = z.strictObject({
  schedule,
  timezone: timezone.default('UTC').meta({ description: 'The schedule’s.' }),
  jitter,
  blackout: blackout.default([]).meta({ description: 'Windows in which neither its schedule nor its drills’ fire.' }),
  rpo: durationFrom('1m').meta({ description: 'Longest time without a new verified copy; an alert is raised then.' }),
  route: z.array(name).min(1).max(8).meta({ description: 'Vaults, in the order the copies travel.' }),
  retention,
  verify: z.enum(['manifest', 'sample', 'full']).default('manifest').meta({
    description:
      'How copies in buckets are proven: by the checksums of all objects, by random parts read back, or by all bytes.',
  }),
  connect: databaseAccess.optional().meta({
    description: 'How its databases are connected to, for their schemas and in drills. Default: they are not.',
  }),
  drills: drills.optional().meta({ description: 'Restores that are made on schedule, checked, and torn down.' }),
  priority: z.int().min(1).max(5).optional().meta({ description: '1 is served first. Default: the tier’s position.' }),
  formerly: z.array(name).max(20).default([]).meta({
    description:
      'Names of tiers that it has taken the place of: their copies go by its retention without asking anybody.',
  }),
  paused: z.boolean().default(false).meta({ description: 'Its schedule exists but does not fire.' }),
});

export const tiers = z
  .record(name, tier)
  .refine((all) => Object.keys(all).length > 0, 'must name at least one tier')
  .refine((all) => Object.keys(all).length <= 50, 'more than 50 tiers');
