import { SNSClient } from '@aws-sdk/client-sns';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { type AwsAccess, type ClientClass } from '../../src/clouds/aws/awsAccess';
import { applicationFailure } from '../../src/core/applicationFailure';
import { type Scope } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type LimitRef } from '../../src/core/limits/limit';
import { knownKinds } from '../../src/kinds/registry';
import { awsError, throttling } from '../../test/fakes/aws/awsError';
import { fakeAccess } from '../../test/fakes/aws/fakeAccess';
import { FakeCloud } from '../../test/fakes/aws/fakeCloud';
import { type FakeExport } from '../../test/fakes/aws/exports';
import { type FakeWork } from '../../test/fakes/aws/snapshots';
import { FakeCopyingStore } from '../../test/fakes/copyingStore';
import { type FakeObjectStore } from '../../test/fakes/objectStore';
import { type Random } from '../random';
import { type Effect, type Scenario } from '../scenario';
import { attemptHere } from '../temporal/activityService';
import { type Witness } from '../temporal/service';
import { type Clock } from '../virtualTime';

/** A call as it reaches the cloud. */
export interface CloudCall {
  readonly scope: Scope;
  /** `CreateDBClusterSnapshot` */
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Looks at every call, before and after it is done. */
export interface CallWatch {
  before(call: CloudCall): void;
  after(call: CloudCall): void;
}

interface Sender {
  send(command: object, options?: { readonly abortSignal?: AbortSignal }): Promise<object>;
}

/** A command whose middleware reads the head of its answer. */
interface Timed {
  readonly middlewareStack: {
    clone: () => { resolve: (handler: unknown, context: object) => (args: object) => Promise<object> };
  };
}

const requestTimeoutMilliseconds = 30_000;

/** AWS in memory below the SDK's clients, in virtual time, with everything that goes wrong in a scenario. */
export class SimulatedClouds {
  readonly cloud: FakeCloud;
  readonly access: AwsAccess;
  /** What people were told, and when. */
  readonly published: { readonly at: number; readonly subject: string; readonly message: string }[] = [];
  /** What AWS lets through meanwhile, by limit. */
  readonly quotas = new Map<string, number>();
  /** Export tasks, in the order in which they were begun. */
  readonly exports: FakeExport[] = [];
  failsNextExport = false;
  /** How far AWS's own clock is off, in milliseconds. */
  clockSkew = 0;
  calls = 0;
  /** Calls that something befell. */
  faults = 0;
  private readonly begun: number;
  private readonly random: Random;

  constructor(
    private readonly scenario: Pick<Scenario, 'faults' | 'operations' | 'generousQuotas' | 'prune'> & {
      /** Of a call, as the SDK makes them; one, where each is to be told of what befalls it. */
      readonly tries?: number;
    },
    private readonly time: Clock,
    random: Random,
    private readonly witness: Witness,
    private readonly watch: CallWatch,
  ) {
    this.begun = time.now;
    this.random = random.fork('clouds');
    const durations = random.fork('durations');
    const { operations } = scenario;
    const duration = (work: FakeWork | null) => {
      const { shortest, longest, slowShare } = operations;
      if (durations.chance(slowShare)) return durations.between(10, 20) * 3600_000;
      return Math.round(durations.between(shortest, longest) * 1000 * (work?.type === 'cross-region-copy' ? 2 : 1));
    };
    this.cloud = new FakeCloud({
      now: () => Math.floor(time.now),
      duration,
      restoreDuration: () => duration(null),
      exportDuration: () => duration(null),
      // What lies there at the beginning would fill it.
      ...(scenario.prune === null ? {} : { stock: () => 1000 }),
      capacity: (ref) => this.quotas.get(keyOf(ref)) ?? (scenario.generousQuotas ? 1000 : declared(ref)),
    });
    this.access = this.watched(fakeAccess(this.cloud.state));
  }

  setQuota(ref: LimitRef, capacity: number | null): void {
    if (capacity === null) this.quotas.delete(keyOf(ref));
    else this.quotas.set(keyOf(ref), capacity);
  }

  private watched(inner: AwsAccess): AwsAccess {
    const clients = new Map<object, object>();
    const client = <C extends object>(service: ClientClass<C>, scope: Scope): C => {
      const found = (inner.client as unknown as (of: ClientClass<C>, scope: Scope) => C & Sender)(service, scope);
      let watched = clients.get(found) as C | undefined;
      if (watched === undefined) {
        const send: Sender['send'] = (command, options) =>
          this.call(scope, command, options, () => found.send(command, options));
        clients.set(found, (watched = Object.assign(Object.create(found) as C, { send })));
      }
      return watched;
    };
    return Object.assign(Object.create(inner) as AwsAccess, {
      client,
      kms: (scope: Scope) => client(KMSClient as unknown as ClientClass<KMSClient>, scope),
      s3: (scope: Scope) => client(S3Client as unknown as ClientClass<S3Client>, scope),
      sns: (scope: Scope) => this.topics(scope),
      sts: (scope: Scope) => this.clockIn(scope),
      bucket: (scope: Scope, name: string) => this.bucket(scope, name),
      vaultBucket: (scope: Scope, name: string) => this.bucket(scope, name),
      close: () => undefined,
    });
  }

  /** A bucket as a role reaches it: what befalls calls befalls these too. */
  private bucket(scope: Scope, name: string): FakeObjectStore {
    const { buckets } = this.cloud.state;
    let store = buckets.get(name);
    if (store === undefined) buckets.set(name, (store = new FakeCopyingStore(buckets)));
    const whole = store;
    const begin = (operation: string) => this.onObject(scope, `${operation}Object`);
    return new Proxy(whole, {
      get: (_, member: keyof FakeObjectStore) => {
        const found: unknown = Reflect.get(whole, member);
        if (typeof found !== 'function') return found;
        const work = (...args: unknown[]): unknown => Reflect.apply(found, whole, args);
        if (member === 'list')
          return async function* (...args: unknown[]) {
            await begin('list');
            yield* work(...args) as AsyncIterable<unknown>;
          };
        return async (...args: unknown[]) => {
          const loseAnswer = await begin(member);
          const answer = await work(...args);
          await loseAnswer();
          return answer;
        };
      },
    });
  }

  private async onObject(scope: Scope, command: string): Promise<() => Promise<void>> {
    this.calls += 1;
    const call = { scope, command, input: {} };
    let effect = this.effectOn(call);
    await this.onTheWay(undefined);
    for (let left = this.tries - 1; left > 0 && effect !== null && passing.includes(effect); left -= 1) {
      await this.time.sleep(this.random.between(50, 1000));
      effect = this.effectOn(call);
    }
    const told = () =>
      applicationFailure(failureTypes.transient, `${command} ${scope.account}/${scope.region}: ${effect ?? ''}`);
    const comesBack = effect === null || effect === 'doubled' || effect === 'denied';
    if (effect !== null) this.faults += 1;
    if (effect === 'hangs') await this.time.sleep(requestTimeoutMilliseconds);
    if (!comesBack && effect !== 'answer-lost') throw told();
    return async () => {
      await this.onTheWay(undefined);
      if (effect === 'answer-lost') throw told();
    };
  }

  /** RDS writes when a task has come to its end: two reports, and a few objects that are no more than their names. */
  private writeExport(task: FakeExport, { account, region }: Scope): void {
    this.exports.push(task);
    if (this.failsNextExport) this.time.after((task.endsAt - this.time.now) / 2, () => (task.ended ??= 'FAILED'));
    this.failsNextExport = false;
    this.time.after(task.endsAt - this.time.now, () => {
      if (task.ended !== null) return;
      const store = this.cloud.state.buckets.get(task.bucket) ?? new FakeCopyingStore(this.cloud.state.buckets);
      this.cloud.state.buckets.set(task.bucket, store);
      const at = `${task.prefix}/${task.id}/`;
      store.put(`${at}export_info_${task.id}.json`, '{}');
      store.put(
        `${at}export_tables_info_${task.id}.json`,
        '{"perTableStatus":[{"target":"shop.orders","status":"COMPLETE"}]}',
      );
      for (let part = 0; part < 3; part += 1)
        store.put(
          `${at}shop/public.orders/1/part-${part}.gz.parquet`,
          `PAR1 ${account} ${region} ${task.sourceArn} ${part} PAR1`,
        );
    });
  }

  private topics(scope: Scope): SNSClient {
    const send = (
      command: { readonly input: { readonly Subject?: string; readonly Message?: string } },
      options?: { abortSignal?: AbortSignal },
    ) =>
      this.call(scope, command, options, async () => {
        const { Subject: subject = '', Message: message = '' } = command.input;
        this.published.push({ at: this.time.now, subject, message });
        this.witness.trace(`told: ${subject}`);
        return {};
      });
    return Object.assign(Object.create(SNSClient.prototype as object) as SNSClient, { send });
  }

  /** STS as somebody asks it for the time: in the head of every answer stands what AWS's clock says. */
  private clockIn(scope: Scope): STSClient {
    const answer = () => {
      const date = new Date(this.time.now + this.clockSkew).toUTCString();
      return Promise.resolve({ output: {}, response: { headers: { date } } });
    };
    const send = (command: Timed & object, options?: { abortSignal?: AbortSignal }) =>
      this.call(scope, command, options, () => command.middlewareStack.clone().resolve(answer, {})({ input: {} }));
    return Object.assign(Object.create(STSClient.prototype as object) as STSClient, { send });
  }

  private async call(
    scope: Scope,
    command: object,
    options: { readonly abortSignal?: AbortSignal } | undefined,
    work: () => Promise<object>,
  ): Promise<object> {
    for (let left = this.tries - 1; ; left -= 1)
      try {
        return await this.attempt(scope, command, options, work);
      } catch (error) {
        if (left <= 0 || !passes(error)) throw error;
        await this.time.sleep(this.random.between(50, 1000));
      }
  }

  private async attempt(
    scope: Scope,
    command: object,
    { abortSignal }: { readonly abortSignal?: AbortSignal } = {},
    work: () => Promise<object>,
  ): Promise<object> {
    const name = command.constructor.name.replace(/Command$/, '');
    const call = { scope, command: name, input: (command as { readonly input: CloudCall['input'] }).input };
    this.calls += 1;
    const effect = this.effectOn(call);
    if (effect !== null) this.faults += 1;
    await this.onTheWay(abortSignal);
    const done = async () => {
      this.watch.before(call);
      const answer = await work();
      this.watch.after(call);
      if (name === 'StartExportTask') {
        const task = this.cloud.state.exports.in(scope).get(String(call.input.ExportTaskIdentifier));
        if (task !== undefined) this.writeExport(task, scope);
      }
      return answer;
    };
    const { account, region } = scope;
    const told = (answer: string) => this.witness.trace(`${name} ${account}/${region} ${answer}`);
    switch (effect) {
      case null:
        break;
      case 'answer-lost':
        await done();
        told('answer lost');
        await this.onTheWay(abortSignal);
        throw connectionReset();
      case 'hangs':
        if (this.random.chance(0.5)) await done();
        told('hangs');
        await this.time.sleep(requestTimeoutMilliseconds);
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ETIMEDOUT' });
      case 'doubled':
        told('sent twice');
        await done();
        await this.onTheWay(abortSignal);
        break;
      default:
        told(effect);
        throw refusals[effect](name);
    }
    try {
      const answer = await done();
      if (!name.startsWith('Describe')) told('done');
      await this.onTheWay(abortSignal);
      return answer;
    } catch (error) {
      told(`refused: ${(error as Error).name}`);
      throw error;
    }
  }

  private get tries(): number {
    return this.scenario.tries ?? 1;
  }

  private effectOn({ scope, command }: CloudCall): Effect | null {
    const seconds = (this.time.now - this.begun) / 1000;
    for (const fault of this.scenario.faults) {
      if (seconds < fault.from || seconds >= fault.to) continue;
      if (fault.account !== null && fault.account !== scope.account) continue;
      if (fault.region !== null && fault.region !== scope.region) continue;
      if (fault.command !== null && !command.startsWith(fault.command)) continue;
      if (this.random.chance(fault.rate)) return fault.effect;
    }
    return null;
  }

  /** What a process that is gone has sent arrives, or does not; nothing comes back to it. */
  private async onTheWay(abortSignal: AbortSignal | undefined): Promise<void> {
    await this.time.sleep(this.random.between(5, 120));
    if (attemptHere.getStore()?.process.isLost) await new Promise(() => undefined);
    if (abortSignal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  }
}

const keyOf = ({ account, region, limit }: LimitRef) => `${account} ${region} ${limit}`;

const declared = ({ limit }: LimitRef) => knownKinds.limits.find(({ name }) => name === limit)?.capacity ?? 1;

/** What the SDK tries again by itself, of what befalls calls here. */
const passes = (error: unknown) =>
  ['InternalFailure', 'Throttling'].includes((error as Error).name) ||
  (error as { readonly code?: string }).code === 'ECONNRESET';

const passing: readonly Effect[] = ['unavailable', 'throttled', 'answer-lost'];

const connectionReset = () => Object.assign(new Error('read ECONNRESET'), { name: 'Error', code: 'ECONNRESET' });

const refusals: Readonly<Record<Exclude<Effect, 'answer-lost' | 'hangs' | 'doubled'>, (command: string) => Error>> = {
  unavailable: () => awsError('InternalFailure', 'Internal error', 500),
  throttled: () => throttling(),
  unreachable: () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  denied: (command) =>
    awsError('AccessDenied', `User is not authorized to perform: ${serviceOf(command)}:${command}`, 403),
  'no-credentials': () =>
    Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
};

const serviceOf = (command: string) => (command === 'Publish' ? 'sns' : command === 'DescribeKey' ? 'kms' : 'rds');
