import { type BucketVault } from '../../../src/core/backup/policy';
import { type Scope } from '../../../src/core/catalogue/copy';
import { connectKinds } from '../../../src/kinds/registry';
import { describeKind } from '../../conformance/kind';
import { type KindWorld, type LosableCall } from '../../conformance/kindWorld';
import { scheduledTime } from '../../conformance/plannedSteps';
import { crate } from '../../kinds/crate/crate';
import { crateUrlVariable } from '../../kinds/crate/crateApi';
import { CrateService } from '../../kinds/crate/crateService';
import { shelf } from '../../kinds/shelf/shelf';
import { shelfUrlVariable } from '../../kinds/shelf/shelfClient';
import { ShelfService } from '../../kinds/shelf/shelfService';
import { keyArn, ToyClouds } from '../../kinds/support/toyClouds';

const scope = (account: string, region: string, access: Scope['access']): Scope => ({ account, region, access });
const places = {
  owner: scope('999999999999', 'eu-west-1', 'source'),
  ownerElsewhere: scope('999999999999', 'eu-central-1', 'source'),
  vault: scope('111111111111', 'eu-west-1', 'vault'),
  vaultElsewhere: scope('111111111111', 'eu-central-1', 'vault'),
};
const key = 'alias/farcopy';

/** A clock on which each call comes a while after the one before: what is new shows to the next. */
function slowClock(): () => number {
  let now = Date.parse(scheduledTime) + 3600_000;
  return () => (now += 10_000);
}
const never = 1e9;

async function crateWorld(): Promise<KindWorld> {
  const service = await CrateService.start(
    { copySeconds: never, crossRegionSeconds: never, createSeconds: never },
    slowClock(),
  );
  process.env[crateUrlVariable] = service.server.url;
  const calls: Readonly<Record<LosableCall, string>> = {
    snapshot: 'CreateCopy',
    copy: 'ImportCopy',
    restore: 'CreateCrate',
  };
  const { owner } = places;
  return {
    ...places,
    kinds: connectKinds([crate], new ToyClouds().clouds),
    key,
    nameTag: 'name',
    addResource: async (name, encryption) => {
      const keyOf = encryption === 'none' ? null : keyArn(owner, key);
      const tags = { backup: 'true', name };
      const { account, region, id, arn } = service.plant({ ...owner, keyArn: keyOf, tags });
      return { kind: 'crate', account, region, id, arn };
    },
    setCapacity: async ({ account, region }, _limit, capacity) =>
      void service.capacities.set(`${account}/${region}`, capacity),
    setStock: async (count) => void (service.settings.stock = count),
    finish: async ({ id }) => {
      const [copy, made] = [service.copies.get(id), service.crates.get(id)];
      if (copy !== undefined) copy.endsAt = 0;
      if (made !== undefined) made.readyAt = 0;
    },
    fail: async ({ id }) => {
      const copy = service.copies.get(id);
      if (copy !== undefined) Object.assign(copy, { endsAt: 0, trouble: 'it was to fail' });
    },
    loseAnswer: async (of) => service.server.loseAnswers(calls[of], 1),
    close: () => service.server.stop(),
  };
}

describeKind({
  name: 'the toy crate',
  declared: connectKinds([crate], new ToyClouds().clouds).of('crate'),
  makeWorld: crateWorld,
  encryptions: ['none', 'customer'],
  moreThanAPage: 25,
  assignsIds: true,
});

async function shelfWorld(): Promise<KindWorld> {
  const toys = new ToyClouds();
  const put = async (bucket: string, name: string, content: string) => void toys.bucket(bucket).put(name, content);
  const service = await ShelfService.start(put, { exportSeconds: never }, slowClock());
  process.env[shelfUrlVariable] = service.server.url;
  return {
    ...places,
    kinds: connectKinds([shelf], toys.clouds),
    key: null,
    addResource: async (name) => {
      const { account, region, arn } = service.plant({ ...places.owner, name, tags: { backup: 'true' } });
      return { kind: 'shelf', account, region, id: name, arn };
    },
    setCapacity: async () => undefined,
    setStock: async () => undefined,
    finish: async ({ id }) => {
      const found = service.exports.get(id);
      if (found !== undefined) found.endsAt = 0;
    },
    fail: async ({ id }) => void Object.assign(service.exports.get(id) ?? {}, { state: 'failed', reason: 'it was to' }),
    loseAnswer: async () => service.server.loseAnswers('StartExport', 1),
    close: () => service.server.stop(),
  };
}

const bucketVault: BucketVault = {
  name: 'other-cloud',
  bucket: 'gs://panda-backups',
  home: null,
  export: { bucket: 's3://panda-exports', role: 'arn:aws:iam::111111111111:role/export', key },
  lock: null,
  bytesPerSecond: null,
};

describeKind({
  name: 'the toy shelf',
  declared: connectKinds([shelf], new ToyClouds().clouds).of('shelf'),
  makeWorld: shelfWorld,
  encryptions: ['none'],
  moreThanAPage: 25,
  route: [bucketVault],
});
