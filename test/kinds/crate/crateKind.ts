import { type KindDescription } from '../../../src/core/kind';
import { type ServiceLimit } from '../../../src/core/limits/limit';
import { uniqueName } from '../../../src/core/naming';
import { planSnapshotRoute, type SnapshotRouteRules } from '../../../src/kinds/steps/planSnapshotRoute';

/** Every copy in progress counts, whatever it is made of. */
export const crateCopies: ServiceLimit = {
  name: 'crate-copies',
  title: 'copies of crates in progress',
  capacity: 3,
  source: 'crateService.ts',
  countsIn: 'destination',
};

const capabilities: KindDescription['capabilities'] = {
  names: 'assigned',
  moment: 'at-start',
  copies: 'shared',
  crossesBoth: false,
  encryptsPlainOnCopy: true,
  defaultKey: null,
  exportsFrom: null,
  restores: true,
  answersSql: false,
};

export const crateRules: SnapshotRouteRules = {
  capabilities,
  limits: { snapshot: crateCopies, crossRegionCopy: crateCopies, copyInRegion: crateCopies, export: null },
  copyMarker: (fleet, resource, scheduledTime, suffix = '') => uniqueName(120, fleet, resource, scheduledTime, suffix),
  exportMarker: () => '',
};

const arn = /^arn:aws:crate:([a-z0-9-]+):(\d{12}):crate\/(crate-\d{6,})$/;

/** Boxes of bytes, whose service gives ids to them and to their copies. */
export const crateKind: KindDescription = {
  name: 'crate',
  title: 'Crate',
  aliases: ['crates'],
  copyNoun: 'copy',
  copyDeletion: { action: 'crate:DeleteCopy', trial: 'crate delete-copy --copy none' },
  id: { pattern: /^crate-\d{6,}$/, rule: '`crate-` and at least six digits', caseSensitive: true },
  ofArn: (text) => {
    const [, region, account, id] = arn.exec(text) ?? [];
    return region === undefined || account === undefined || id === undefined ? null : { account, region, id };
  },
  capabilities,
  limits: [crateCopies],
  permissions: [
    { role: 'source', action: 'crate:CreateCopy' },
    { role: 'vault', action: 'crate:ImportCopy' },
    { role: 'restore', action: 'crate:CreateCrate' },
  ],
  restoreOptions: [],
  planBackup: (resource, policy, scheduledTime) => planSnapshotRoute(crateRules, resource, policy, scheduledTime),
};
