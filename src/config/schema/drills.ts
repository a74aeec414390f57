import { z } from 'zod';
import { messageOf } from '../../core/failure';
import { parsePostgresUrl } from '../../core/restore/postgresUrl';
import { secret } from './databaseAccess';
import { accountId, durationFrom, glob, jitter, name, region } from './scalars';
import { schedule, timezone } from './schedule';

const sql = z.string().min(1).max(10_000);
const ofResources = {
  name: z.string().min(1).max(100).optional().meta({ description: 'Stands in the verdict. Default: what is asked.' }),
  resources: z.array(glob).min(1).optional().meta({ description: 'Identifiers it is for. Default: all.' }),
};

const check = z.union(
  [
    z.strictObject({
      table: z
        .string()
        .min(1)
        .max(256)
        .meta({ description: 'As SQL names it.', examples: ['shop.orders'] }),
      rows: z.int().min(0).meta({ description: 'It has at least as many.' }),
      ...ofResources,
    }),
    z.strictObject({
      freshness: sql.meta({ description: 'Gives one time.', examples: ['select max(updated_at) from shop.orders'] }),
      within: durationFrom('1s').meta({ description: 'It is at most this much older than the recovery point.' }),
      ...ofResources,
    }),
    z
      .strictObject({
        query: sql.meta({ description: 'Gives one value.' }),
        equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
        atLeast: z.number().optional(),
        atMost: z.number().optional(),
        ...ofResources,
      })
      .refine(
        ({ equals, atLeast, atMost }) => [equals, atLeast, atMost].some((bound) => bound !== undefined),
        'expects nothing: add `equals`, `atLeast` or `atMost`',
      ),
  ],
  { error: 'must be {table, rows}, {freshness, within}, or {query, equals | atLeast | atMost}' },
);

const securityGroup = z.string().regex(/^sg-[a-z0-9]+$/, 'not the id of a security group');
const instanceClass = z.string().regex(/^db\.[a-z0-9.-]+$/, 'not an instance class like `db.t4g.medium`');

const awsTarget = z.strictObject({
  account: accountId,
  region,
  subnetGroup: z.string().min(1).max(255).optional(),
  securityGroups: z.array(securityGroup).min(1).optional(),
  instanceClasses: z
    .array(instanceClass)
    .min(1)
    .optional()
    .meta({ description: 'The first is wanted; the others while there is no capacity. Default: as the old database.' }),
});

/** With a user, without a password, and with a database. */
const serverUrlPattern = /^postgres(ql)?:\/\/[^\s:/@]+@[^\s@]+\/[^\s/?]+(\?[^\s]*)?$/;

/** A server, and how it is logged in to. */
export const postgresTarget = z.strictObject({
  postgres: z
    .string()
    .regex(serverUrlPattern, 'not a URL like `postgres://drill@host:5432/postgres`, without a password')
    .refine((url) => !/[?&]password=/i.test(url), 'a password has no place in the fleet file: name its `secret`')
    .check(({ value, issues }) => {
      try {
        parsePostgresUrl(value);
      } catch (error) {
        issues.push({ code: 'custom', input: value, message: messageOf(error) });
      }
    })
    .meta({ description: 'A server, and a database of it to log in to.' }),
  secret: secret.optional().meta({ description: 'With the password. Default: the worker’s PGPASSWORD.' }),
});

const drill = z.strictObject({
  schedule: schedule.optional().meta({ description: 'Default: only when someone asks for it.' }),
  timezone: timezone.optional().meta({ description: 'The schedule’s. Default: the tier’s.' }),
  jitter,
  paused: z.boolean().default(false),
  point: z.enum(['latest', 'random']).default('latest').meta({ description: 'Which recovery point.' }),
  resources: z
    .union([z.literal('all'), z.int().min(1).max(1000)], { error: 'must be a number, or `all`' })
    .default(1)
    .meta({ description: 'How many of the tier each time, chosen at random.' }),
  from: name.optional().meta({ description: 'A vault of the tier. Default: the nearest with a healthy copy.' }),
  to: z
    .union([awsTarget, postgresTarget], { error: 'must be {account, region}, or {postgres: URL}' })
    .meta({ description: 'A scratch account and network; for what is in a bucket, a scratch server.' }),
  rto: durationFrom('1s').optional().meta({ description: 'A restore that takes longer fails the drill.' }),
  read: z.enum(['all', 'none']).default('all').meta({ description: 'Whether every table is read to its end.' }),
  database: z.string().min(1).max(63).optional().meta({ description: 'Where checks run. Default: the cluster’s own.' }),
  checks: z.array(check).max(200).default([]),
});

export const drills = z.record(name, drill).refine((all) => Object.keys(all).length <= 10, 'more than 10 drills');
