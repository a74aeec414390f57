import fc from 'fast-check';
import { fleetNameMaxLength, scheduledTimeLabel } from '../../../../src/core/naming';
import { copyIdentifier, exportIdentifier } from '../../../../src/kinds/rds/markers';

const panda = { account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' } as const;
const time = '2026-11-21T02:00:00Z';

/** The rules of CreateDBClusterSnapshot for an identifier, the narrower ones of the two kinds. */
const validForAws = (id: string) =>
  id.length <= 63 && /^[a-z][a-z0-9-]*$/i.test(id) && !id.includes('--') && !id.endsWith('-');

const letters = 'abcdefghijklmnopqrstuvwxyz';
/** Names of letters, digits and single hyphens, first a letter: AWS's rule for identifiers and ours for fleets. */
const name = (maxLength: number) =>
  fc
    .tuple(
      fc.constantFrom(...letters),
      fc.array(fc.constantFrom(...letters, ...'0123456789', '-'), { maxLength: maxLength - 1 }),
    )
    .map(([first, rest]) => (first + rest.join('')).replace(/-+/g, '-').replace(/-$/, ''));
const resource = fc.record({
  account: fc.stringMatching(/^\d{12}$/),
  region: fc.constantFrom('eu-west-1', 'eu-central-1', 'us-gov-west-1', 'ap-southeast-4', 'us-iso-east-1'),
  id: name(63),
});
const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

describe('the identifier of a copy', () => {
  it('names resource and time, and never changes, since earlier copies are found by it', () => {
    expect(copyIdentifier('panda', panda, time)).toBe('farcopy-panda-cluster-1-20261121t020000z-0m4t58u4l6598');
  });

  it('differs for places that lie in one account and region', () => {
    const ids = [undefined, 'shareable', 'landing'].map((suffix) => copyIdentifier('panda', panda, time, suffix));
    expect(new Set(ids).size).toBe(3);
  });

  it('is one that AWS takes, whatever the names are', () => {
    fc.assert(
      fc.property(
        name(fleetNameMaxLength),
        resource,
        moment,
        fc.constantFrom(undefined, 'shareable', 'landing'),
        (fleet, r, at, suffix) => {
          expect(validForAws(copyIdentifier(fleet, r, at.toISOString(), suffix))).toBe(true);
        },
      ),
    );
  });

  it('differs for resources of one kind that differ, and for times that differ', () => {
    fc.assert(
      fc.property(resource, resource, moment, moment, (a, b, at, later) => {
        const same =
          [a.account, a.region, a.id, scheduledTimeLabel(at)].join() ===
          [b.account, b.region, b.id, scheduledTimeLabel(later)].join();
        expect(copyIdentifier('panda', a, at.toISOString()) === copyIdentifier('panda', b, later.toISOString())).toBe(
          same,
        );
      }),
    );
  });

  it('differs for equally named resources in two accounts or regions', () => {
    const ids = [panda, { ...panda, account: '888888888888' }, { ...panda, region: 'eu-central-1' }].map((r) =>
      copyIdentifier('panda', r, time),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('fits at the longest that AWS and the fleet file allow', () => {
    const longest = { account: '9'.repeat(12), region: 'ap-southeast-4', id: 'x'.repeat(63) };
    expect(copyIdentifier('f'.repeat(fleetNameMaxLength), longest, time, 'shareable').length).toBeLessThanOrEqual(255);
  });
});

describe('the identifier of an export', () => {
  it('is one that AWS takes, whatever the names are, and differs from vault to vault', () => {
    fc.assert(
      fc.property(name(fleetNameMaxLength), resource, moment, (fleet, r, at) => {
        const of = { kind: 'aurora-cluster', ...r };
        const [one, other] = ['gcs', 'archive'].map((vault) => exportIdentifier(fleet, of, at.toISOString(), vault));
        expect(one).toMatch(/^[a-z](-?[a-z0-9]){1,59}$/);
        expect(one?.length).toBeLessThanOrEqual(60);
        expect(other).not.toBe(one);
        // A cluster and an instance may bear one name.
        expect(exportIdentifier(fleet, { ...of, kind: 'rds-instance' }, at.toISOString(), 'gcs')).not.toBe(one);
      }),
    );
  });
});
