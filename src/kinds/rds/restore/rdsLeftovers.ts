import { applicationFailure } from '../../../core/applicationFailure';
import { failureTypeOf, failureTypes } from '../../../core/failure';
import { type KindOperations, type LeftoverAbility, type TaggedThing } from '../../kind';
import { type ParameterGroupOwner, type RestoreOperations } from './restoreOperations';

/** Databases and parameter groups that drills of a kind have made. */
export function rdsLeftovers(
  kind: Pick<KindOperations, 'description' | 'discover'>,
  databases: RestoreOperations,
): LeftoverAbility {
  return {
    async *list(scope, signal) {
      const { name: kindName } = kind.description;
      for await (const page of kind.discover(scope, signal))
        yield page.map(({ id, tags }): TaggedThing => ({
          type: 'database',
          id,
          title: `${kindName} ${id}`,
          tags,
          isRestored: true,
        }));
      for await (const { name, of, tags } of databases.parameterGroups(scope, signal))
        yield [{ type: groupType(of), id: name, title: `${of} parameter group ${name}`, tags, isRestored: false }];
    },

    async isProtected({ type, id }, scope, signal) {
      if (type !== 'database') return false;
      try {
        return (await databases.progress(id, scope, signal)).deletionProtection;
      } catch (error) {
        if (failureTypeOf(error) !== failureTypes.notFound) throw error;
        return false;
      }
    },

    async remove({ type, id }, scope, ownership, signal) {
      const of = ownerOf(type);
      if (of !== null) return databases.removeParameterGroup(id, of, scope, ownership, signal);
      const left = await databases.remove(id, scope, ownership, 'theirs', signal);
      if (left !== null) throw applicationFailure(failureTypes.notReady, left);
    },
  };
}

const groupType = (of: ParameterGroupOwner) => `${of}-parameter-group`;

const ownerOf = (type: string): ParameterGroupOwner | null =>
  type === groupType('cluster') ? 'cluster' : type === groupType('instance') ? 'instance' : null;
