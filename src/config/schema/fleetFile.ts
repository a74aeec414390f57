import { z } from 'zod';
import { type Kinds } from '../../core/kind';
import { fleetNameMaxLength, fleetNamePattern, takenFleetNamePattern } from '../../core/naming';
import { accounts } from './accounts';
import { blackout } from './blackout';
import { notifications } from './notifications';
import { prune } from './retention/prune';
import { restore } from './restore';
import { retired } from './retention/retention';
import { roles } from './roles';
import { accountId, durationFrom, keyAlias, region } from './scalars';
import { select } from './select';
import { state } from './state';
import { tiers } from './tiers';
import { vaults } from './vaults';

const polling = z.strictObject({
  shortest: durationFrom('1s')
    .default('20s')
    .meta({ description: 'An end is noticed within this time, once it is near.' }),
  longest: durationFrom('1s').default('10m'),
});

const fleetNameRule = 'must be letters a–z, digits and single hyphens, beginning with a letter';
const fleetNameIsTaken =
  'would share its task queue: `service-limits` is what all fleets share, and `NAME-transfer`, `NAME-mark` and `NAME-prune` are queues of fleet `NAME`; give the fleet another name';

/** A fleet file of these kinds, without its overlays: what is left once one is applied. */
export function fleetFile(kinds: Kinds) {
  const limit = z.strictObject({
    limit: z.enum(kinds.limits.map(({ name }) => name)),
    account: accountId.optional(),
    region: region.optional(),
    capacity: z.int().min(1).max(10_000).meta({ description: 'Operations that may be in flight.' }),
  });
  return z.strictObject({
    fleet: z
      .string()
      .regex(fleetNamePattern, {
        error: ({ input }) => (takenFleetNamePattern.test(String(input)) ? fleetNameIsTaken : fleetNameRule),
      })
      .max(fleetNameMaxLength)
      .meta({ description: 'Part of every snapshot’s name: choose it once.' }),
    roles,
    accounts,
    vaults,
    shareableKey: keyAlias.optional().meta({
      description:
        'A customer-managed key of the source accounts, for copies of what an account’s default key encrypts.',
    }),
    singleStepCopy: z.boolean().default(false).meta({ description: 'Copy across account and region in one call.' }),
    select: select(kinds),
    tiers,
    retired: retired.optional().meta({
      description:
        'What may go of resources that are there no more, or in no tier any more. Default: nothing of theirs goes.',
    }),
    prune: prune.optional().meta({
      description: 'Whether what retention lets go is deleted on schedule. Default: only what a person asks for goes.',
    }),
    blackout: blackout.default([]).meta({ description: 'Windows in which no schedule of any tier or drill fires.' }),
    restore: restore.default({ targets: [] }),
    limits: z
      .array(limit)
      .max(1000)
      .default([])
      .meta({ description: 'Service limits that differ from AWS’s defaults.' }),
    polling: polling.default({ shortest: '20s', longest: '10m' }),
    notifications: notifications.default({ snsTopics: [], channels: [] }),
    state: state.optional().meta({
      description:
        'Where the ledger is kept: an entry for whatever has ended. Without it, history reaches as far as Temporal’s.',
    }),
  });
}

export type FleetFile = z.output<ReturnType<typeof fleetFile>>;
/** As a person writes it. */
export type FleetFileInput = z.input<ReturnType<typeof fleetFile>>;
export type SectionName = keyof FleetFile;
