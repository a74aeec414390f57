import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';
import { type Resource } from '../../../src/core/resource';
import { type Clouds, type Kind, type KindOperations, type Operation } from '../../../src/kinds/kind';
import { copySteps } from '../../../src/kinds/steps/copySteps';
import { CrateApi, type DescribedCrate } from './crateApi';
import { crateCopyOperations } from './crateCopyOperations';
import { crateCopies, crateKind } from './crateKind';
import { createCrate, crateLeftovers, crateRestore } from './crateRestore';
import { markerTag } from './markedCopies';
import { withoutTwins } from './withoutTwins';

export const crate: Kind = { description: crateKind, connect: connectCrates };

function connectCrates(clouds: Clouds): KindOperations {
  const api = new CrateApi();
  const copies = crateCopyOperations(api, clouds.keys);
  const steps = copySteps({ copies, keyArn: (scope, key) => clouds.keys.arn(scope, key) });
  return {
    description: crateKind,
    async *discover(scope, signal) {
      for await (const page of api.crates(scope, null, signal)) yield page.map(resourceOf);
    },
    describe: async ({ id }, scope, signal) => resourceOf((await api.crate(id, scope, signal)).result),
    encryption: ({ keyArn }) => Promise.resolve(keyArn === null ? { type: 'none' } : { type: 'customer', keyArn }),
    steps: {
      snapshot: withoutTwins(api, steps.snapshot as Required<Operation>),
      copy: withoutTwins(api, steps.copy as Required<Operation>),
      share: steps.share,
      'create-crate': createCrate(api),
    },
    async inFlight(scope, limit, signal) {
      if (limit !== crateCopies.name)
        throw applicationFailure(failureTypes.invalidInput, `${limit} is no limit of crates`);
      const markers: string[] = [];
      for await (const page of api.copies(scope, null, signal))
        for (const { status, tags, id } of page) if (status === 'in-progress') markers.push(tags[markerTag] ?? id);
      return markers;
    },
    copies,
    restore: crateRestore(api, clouds),
    leftovers: crateLeftovers(api),
  };
}

function resourceOf({ id, arn, account, region, sizeGiB, keyArn, tags }: DescribedCrate): Resource {
  return { kind: 'crate', account, region, id, arn, tags, status: 'available', engine: 'crate', sizeGiB, keyArn };
}
