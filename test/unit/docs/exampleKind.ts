import { applicationFailure } from '../../../src/core/applicationFailure';
import { type Copy, copyTags, noHold, type Scope } from '../../../src/core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../../src/core/failure';
import { type KindDescription } from '../../../src/core/kind';
import { type ServiceLimit } from '../../../src/core/limits/limit';
import { uniqueName } from '../../../src/core/naming';
import { type Clouds, type CopyOperations, type Kind, type KindOperations } from '../../../src/kinds/kind';
import { copySteps } from '../../../src/kinds/steps/copySteps';
import { planSnapshotRoute, type SnapshotRouteRules } from '../../../src/kinds/steps/planSnapshotRoute';

type Tags = Readonly<Record<string, string>>;
type Origin = { readonly arn: string; readonly key: string | null };
type PlainCalls = 'progress' | 'tag' | 'delete' | 'list' | 'sharing';

/**
 * The plain calls of the service, each in `awsCall` with its error rows; what has a rule in it stands below. They are handed
 * on as they are, without `this`.
 */
export interface JarService extends Pick<KindOperations, 'discover' | 'describe'>, Pick<CopyOperations, PlainCalls> {
  /**
   * `Conflict` where a copy of that name is there. A copy's `sourceArn` is the copy it was made of, null where it was made of
   * a jar. Its `resourceId` is the ARN of the jar.
   */
  create(scope: Scope, name: string, of: Origin, tags: Tags): Promise<Copy>;
}

const jarCopies: ServiceLimit = {
  name: 'jar-copies',
  title: 'copies of jars in progress',
  capacity: 3,
  source: 'Jar User Guide, "Quotas"',
  countsIn: 'destination',
};
const rules: SnapshotRouteRules = {
  capabilities: { crossesBoth: false, encryptsPlainOnCopy: true, defaultKey: 'aws/jar', exportsFrom: null },
  limits: { snapshot: jarCopies, crossRegionCopy: jarCopies, copyInRegion: jarCopies, export: null },
  copyMarker: (fleet, resource, time, suffix = '') => uniqueName(63, fleet, resource, time, suffix),
  exportMarker: () => '',
};
const copyName: KindDescription['copyName'] = (fleet, resource, time) => rules.copyMarker(fleet, resource, time);
const arn = /^arn:aws:jar:([a-z0-9-]+):(\d{12}):jar\/([A-Za-z][A-Za-z0-9-]{0,62})$/;

export const jarKind: KindDescription = {
  name: 'jar',
  title: 'Jar',
  aliases: ['jars'],
  copyNoun: 'copy',
  copyDeletion: { action: 'jar:DeleteCopy', trial: 'jar delete-copy --copy none' },
  copyName,
  id: { pattern: /^[A-Za-z][A-Za-z0-9-]{0,62}$/, rule: '1–63 letters, digits and hyphens', caseSensitive: true },
  ofArn: (text) => {
    const [, region, account, id] = arn.exec(text) ?? [];
    return region === undefined || account === undefined || id === undefined ? null : { account, region, id };
  },
  capabilities: {
    ...rules.capabilities,
    names: 'chosen',
    moment: 'at-start',
    copies: 'shared',
    restores: false,
    answersSql: false,
  },
  limits: [jarCopies],
  permissions: [{ role: 'source', action: 'jar:CreateCopy' }],
  restoreOptions: [],
  planBackup: (resource, policy, scheduledTime) => planSnapshotRoute(rules, resource, policy, scheduledTime),
};

export function jarOf(connect: (clouds: Clouds) => JarService): Kind {
  return { description: jarKind, connect: (clouds) => jarOperations(connect(clouds), clouds.keys) };
}

function jarOperations(service: JarService, keys: Clouds['keys']): KindOperations {
  const { discover, describe, progress, tag, list, sharing } = service;
  const keyArn = (scope: Scope, key: string) => keys.arn(scope, key);
  const copies: CopyOperations = {
    snapshot: ({ resource, marker, tags }) => {
      const { account, region } = resource;
      return make({ account, region, access: 'source' }, marker, { arn: resource.arn, key: null }, tags);
    },
    copy: async ({ source, target, marker, key, tags }) =>
      make(target, marker, { arn: source.arn, key: key === null ? null : await keyArn(target, key) }, tags),
    find: (marker, scope, signal) => progress({ id: marker }, scope, signal).catch(nullIf<Copy>(failureTypes.notFound)),
    async cancel({ id }, scope, signal) {
      const found = await copies.find(id, scope, signal);
      if (found === null || (found.status !== 'in-progress' && found.status !== 'failed')) return;
      const { tags } = found;
      if (tags[copyTags.verified] !== undefined || (tags[copyTags.hold] ?? noHold) !== noHold) return;
      if (tags[copyTags.recoveryPoint] === undefined)
        throw applicationFailure(failureTypes.conflict, `${found.arn} has no tags of Farcopy, and is not removed`);
      await service.delete({ id }, scope, signal);
    },
    ...{ progress, tag, delete: service.delete, list, sharing },
  };
  return {
    description: jarKind,
    discover,
    describe,
    async encryption({ keyArn: key }, scope) {
      if (key === null) return { type: 'none' };
      return { type: (await keys.describe(scope, key)).awsManaged ? 'default' : 'customer', keyArn: key };
    },
    steps: copySteps({ copies, keyArn }),
    async inFlight(scope, limit, signal) {
      if (limit !== jarCopies.name) throw applicationFailure(failureTypes.invalidInput, `${limit} is no limit of jars`);
      const markers: string[] = [];
      for await (const page of list(scope, signal))
        markers.push(...page.filter(({ status }) => status === 'in-progress').map(({ id }) => id));
      return markers;
    },
    copies,
  };

  /** Creates first and asks only where the name is taken: a lost answer makes no twin, and a first try is one call. */
  async function make(scope: Scope, marker: string, of: Origin, tags: Tags): Promise<Copy> {
    const made = await service.create(scope, marker, of, tags).catch(nullIf<Copy>(failureTypes.conflict));
    if (made !== null) return made;
    const found = await progress({ id: marker }, scope);
    const identifying = [copyTags.fleet, copyTags.resource, copyTags.recoveryPoint];
    const isOfAnother = (found.sourceArn ?? found.resourceId) !== of.arn;
    if (isOfAnother || identifying.some((name) => found.tags[name] !== tags[name]))
      throw applicationFailure(failureTypes.conflict, `${found.arn} exists and is not ours; rename or delete it`);
    if (found.status !== 'failed') return found;
    await service.delete(found, scope);
    return service.create(scope, marker, of, tags);
  }
}

/** Of a failure of this type nothing came; any other goes on. */
function nullIf<T>(type: string): (error: unknown) => T | null {
  return (error) => {
    if (failureTypeOf(error) !== type) throw error;
    return null;
  };
}
