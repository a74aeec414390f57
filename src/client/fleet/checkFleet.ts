import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { type Client } from '@temporalio/client';
import { findUnprotected, unprotectedUnknown } from '../../activities/catalogue/findUnprotected';
import { unprotectedText } from '../../core/backup/unprotected';
import { stateScope } from '../../activities/ledger/stateBucket';
import { plannedRoutes } from '../../activities/backup/plannedRoutes';
import { awsCall } from '../../clouds/aws/awsFailure';
import { type Fleet, roleArn } from '../../config';
import { type Scope } from '../../core/catalogue/copy';
import { formatDuration } from '../../core/duration';
import { fleetDifference } from './applyFleet';
import { checkBuckets } from './checkBuckets';
import { checkDrillTargets, restoreScopes } from '../drill/checkDrillTargets';
import { checkLending } from './checkLending';
import { discoverFleet } from '../../activities/catalogue/discoverFleet';
import { checkState } from './checkState';
import { checkWorkers } from './checkWorkers';
import { failed, type Finding, finding, type FindingState, unreachableAdvice } from './finding';
import { type FleetClouds, vaultScopes } from '../../activities/catalogue/fleetClouds';
import { inParallel } from '../../core/inParallel';
import { neededKeys } from './neededKeys';
import { checkRetentionRoles } from '../retention/checkRetentionRoles';
import { checkStocks } from '../retention/checkStocks';
import { whereOf } from '../../activities/catalogue/scopeProblem';
import { isForesightAlone, type ScheduleChange } from './scheduleDifference';
import { pausedSchedules } from '../schedule/listSchedules';
import { pauseText, unpauseText } from '../../core/schedulePause';
import { settingText } from '../schedule/scheduleText';
import { searchAttributeGap } from './searchAttributeRegistration';
import { roleFinding } from './roleFinding';

export { type Finding, type FindingState };

const width = 16;
const wantedRetentionSeconds = 30 * 86_400;

/** Looks whether Temporal is ready for the fleet. */
export async function checkTemporal(fleet: Fleet, client: Client): Promise<Finding[]> {
  const { namespace } = client.options;
  let retentionSeconds = 0;
  const described = await finding(
    'temporal',
    `namespace ${namespace}`,
    'create the namespace, or set TEMPORAL_NAMESPACE',
    async () => {
      const { config } = await client.connection.workflowService.describeNamespace({ namespace });
      retentionSeconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
      return 'it answers';
    },
  );
  if (described.state !== 'ok') return [described];
  return [
    withRetention(described, namespace, retentionSeconds),
    await attributesFinding(client),
    await schedulesFinding(fleet, client),
    ...(await pausedFindings(fleet, client)),
    ...(await checkWorkers(fleet, client)),
  ];
}

/** What has ended is looked up in Temporal; a server that tells no retention is left alone. */
function withRetention(described: Finding, namespace: string, retentionSeconds: number): Finding {
  if (retentionSeconds === 0 || retentionSeconds >= wantedRetentionSeconds) return described;
  return {
    ...described,
    state: 'warning',
    message: `it keeps workflows that have ended for ${formatDuration(retentionSeconds)}: \`farcopy status\`, reports and the reasons of failures reach back no further`,
    mend: `keep them for 30 days: temporal operator namespace update --namespace ${namespace} --retention 30d`,
  };
}

/**
 * Looks whether every role can be assumed, every key and bucket be used, drills have where to restore to, and every account be
 * read.
 */
export async function checkClouds(fleet: Fleet, clouds: FleetClouds, signal?: AbortSignal): Promise<Finding[]> {
  let sources: readonly Scope[];
  try {
    sources = await clouds.scopes();
  } catch (error) {
    signal?.throwIfAborted();
    return [
      failed('accounts', 'the organisation', error, 'its role must be assumable and allow organizations:ListAccounts'),
    ];
  }
  const ofState = fleet.state === null ? null : stateScope(fleet.state);
  const scopes = [
    ...sources,
    ...vaultScopes(fleet, sources),
    ...restoreScopes(fleet, sources),
    ...(ofState === null ? [] : [ofState]),
  ];
  const roles = await checkRoles(fleet, clouds, scopes);
  const { routes: planned, faults } = plannedRoutes(fleet, sources);
  const open = (scope: Scope) => roles.open.has(roleArn(fleet, scope.access, scope.account));
  const keyFindings = await inParallel(
    neededKeys(planned).filter(({ scope }) => open(scope)),
    width,
    ({ scope, key, places }) => keyFinding(clouds, scope, key, places),
  );
  const [buckets, drills, lending, stocks, state, retention] = await Promise.all([
    checkBuckets(fleet, clouds, planned, open, signal),
    checkDrillTargets(fleet, clouds, open, signal),
    checkLending(fleet, clouds, sources, open, signal),
    checkStocks(clouds, [...sources, ...vaultScopes(fleet, sources)].filter(open), signal),
    checkState(fleet, clouds, sources, open, signal),
    checkRetentionRoles(fleet, clouds, sources),
  ]);
  const resources = [
    ...(await checkResources(fleet, clouds, open, signal)),
    ...(await unprotectedFindings(clouds, sources.filter(open), signal)),
  ];
  const routes = faults.map(({ tier, account, region, message }): Finding => ({
    check: 'route',
    subject: `tier ${tier} in ${account}/${region}`,
    state: 'failed',
    message,
    mend: null,
  }));
  return [
    ...roles.findings,
    ...retention,
    ...keyFindings,
    ...buckets,
    ...drills,
    ...lending,
    ...stocks,
    ...state,
    ...routes,
    ...resources,
  ];
}

/** A role opens an account in all regions, so one of them is enough. */
async function checkRoles(fleet: Fleet, clouds: FleetClouds, scopes: readonly Scope[]) {
  const byRole = new Map(scopes.map((scope) => [roleArn(fleet, scope.access, scope.account), scope]));
  const findings = await inParallel([...byRole], width, ([arn, scope]) =>
    roleFinding(clouds, arn, scope, trustAdvice(fleet)),
  );
  return { findings, open: new Set(findings.filter(({ state }) => state === 'ok').map(({ subject }) => subject)) };
}

function trustAdvice({ roles: { externalId } }: Fleet): string {
  const condition =
    externalId === null
      ? ''
      : ` with the external id of ${typeof externalId === 'string' ? 'roles.externalId' : externalId.env}`;
  return `the role must exist, and its trust policy must let the credentials in use assume it${condition}`;
}

async function keyFinding(clouds: FleetClouds, scope: Scope, key: string, places: readonly string[]): Promise<Finding> {
  const { account, region } = scope;
  const subject = `${key} in ${account}/${region}`;
  const used = `for ${places.join(', ')}`;
  const mend = `the ${scope.access} account needs a symmetric customer-managed key ${key} in ${region}, whose policy lets the ${scope.access} role use it`;
  let resting: { readonly arn: string; readonly state: 'Disabled' | 'PendingDeletion' } | undefined;
  const found = await finding('key', subject, mend, async () => {
    const call = { subject: `key ${key}`, ...scope, action: 'kms:DescribeKey', key };
    const { KeyMetadata } = await awsCall(call, undefined, () =>
      clouds.access.kms(scope).send(new DescribeKeyCommand({ KeyId: key })),
    );
    const { KeyState: keyState } = KeyMetadata ?? {};
    if (keyState === 'Disabled' || keyState === 'PendingDeletion')
      resting = { arn: KeyMetadata?.Arn ?? key, state: keyState };
    const wrong = [
      ...(keyState === 'Enabled' ? [] : [`it is ${keyState ?? 'in no known state'}, not Enabled`]),
      ...(KeyMetadata?.KeyManager === 'AWS'
        ? ['it is managed by AWS, so no other account can read what it encrypts']
        : []),
      ...(KeyMetadata?.KeySpec === 'SYMMETRIC_DEFAULT'
        ? []
        : [`it is of type ${KeyMetadata?.KeySpec ?? 'unknown'}, not symmetric`]),
    ];
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return `it can be used, ${used}`;
  });
  // It is there: to make another one would mend nothing.
  if (resting === undefined) return found;
  const where = `--region ${region} --key-id ${resting.arn}`;
  const commands = {
    Disabled: `aws kms enable-key ${where}`,
    PendingDeletion: `aws kms cancel-key-deletion ${where} && aws kms enable-key ${where}`,
  };
  return { ...found, mend: `an administrator of ${account} enables it: ${commands[resting.state]}` };
}

async function checkResources(
  fleet: Fleet,
  clouds: FleetClouds,
  open: (scope: Scope) => boolean,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const { resources, problems } = await discoverFleet(fleet, clouds, { where: open, signal });
  const unreadable = problems.map((problem): Finding => ({
    check: 'resources',
    subject: whereOf(problem),
    state: problem.unreachable ? 'unreachable' : 'failed',
    message: problem.message,
    mend: problem.unreachable
      ? unreachableAdvice
      : `the source role must be allowed to describe ${problem.kind ?? 'what select names'}, see docs/security.md#roles`,
  }));
  const lost = resources.flatMap(({ resource, selection }): Finding[] =>
    'problem' in selection
      ? [
          {
            check: 'resources',
            subject: resource.arn,
            state: 'failed',
            message: selection.problem,
            mend: 'tag it, or give the rule of select a default tier',
          },
        ]
      : [],
  );
  const selected = resources.filter(({ selection }) => 'tier' in selection).length;
  const found = {
    check: 'resources',
    subject: `fleet ${fleet.name}`,
    message: `${resources.length} found, ${selected} selected`,
  } as const;
  if (selected > 0) return [...unreadable, ...lost, { ...found, state: 'ok', mend: null }];
  // Where not everything could be read, nothing found is no finding.
  const whole = problems.length === 0 && (await clouds.scopes()).every(open);
  if (!whole) return [...unreadable, ...lost];
  const mend = 'no resource matches select: is it tagged as the fleet file wants?';
  return [...unreadable, ...lost, { ...found, state: 'warning', mend }];
}

/** Resources that no rule can reach are no fault of the file, but nobody should learn of them by a loss. */
async function unprotectedFindings(
  clouds: FleetClouds,
  scopes: readonly Scope[],
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const selected = new Set(clouds.selected);
  const found = await inParallel(scopes, width, async (scope): Promise<Finding[]> => {
    try {
      return (await findUnprotected(clouds.kinds.all, selected, scope, signal)).map((one) => ({
        check: 'unprotected',
        subject: one.arn,
        state: 'warning',
        message: unprotectedText(one),
        mend: one.kind === null ? 'back it up by other means' : `add a rule of kind ${one.kind} to select`,
      }));
    } catch (error) {
      signal?.throwIfAborted();
      const subject = `${scope.account}/${scope.region}`;
      const { message } = unprotectedUnknown(error);
      return [{ check: 'unprotected', subject, state: 'warning', message, mend: 'let the source role list it' }];
    }
  });
  return found.flat();
}

async function attributesFinding(client: Client): Promise<Finding> {
  return finding('search-attributes', `namespace ${client.options.namespace}`, 'run `farcopy apply`', async () => {
    const { missing, wrongType } = await searchAttributeGap(client);
    if (wrongType.length > 0)
      throw new Error(`${wrongType.join(', ')}: registered with another type than keyword; use another namespace`);
    if (missing.length > 0) throw new Error(`not registered: ${missing.join(', ')}`);
    return 'all registered';
  });
}

async function schedulesFinding(fleet: Fleet, client: Client): Promise<Finding> {
  const subject = `fleet ${fleet.name}`;
  const found = await finding('schedules', subject, null, async () => {
    const now = Date.now();
    const difference = await fleetDifference(client, fleet);
    const schedules = difference.schedules.filter((change) => !isForesightAlone(change, now));
    if (schedules.length === 0) return 'as the fleet file says';
    return schedules.map((change) => `${change.change} ${change.scheduleId}${foresightText(change)}`).join(', ');
  });
  if (found.state !== 'ok' || found.message === 'as the fleet file says') return found;
  return {
    ...found,
    state: 'warning',
    message: `not as the fleet file says: ${found.message}`,
    mend: 'run `farcopy apply`',
  };
}

/** Nobody should learn by a loss that a schedule stands still. */
async function pausedFindings(fleet: Fleet, client: Client): Promise<Finding[]> {
  try {
    return (await pausedSchedules(client, fleet, Date.now())).map(({ scheduleId, tier, drill, pause }) => ({
      check: 'schedules',
      subject: `schedule ${scheduleId}`,
      state: 'warning',
      message: pauseText(pause, String),
      mend: unpauseText({ scheduleId, tier, drill, pause }),
    }));
  } catch (error) {
    return [failed('schedules', `fleet ${fleet.name}`, error, null)];
  }
}

/** One who has changed nothing in the file should read why it does not fit any more. */
function foresightText(change: ScheduleChange): string {
  if (change.change !== 'update' || change.settings.length !== 1) return '';
  if (change.settings[0]?.setting !== 'clockNights') return '';
  return ` (${change.settings.map(settingText).join('')})`;
}
