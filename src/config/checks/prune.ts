import { check } from './check';

/** Whoever takes over one worker must not have what it takes to delete: marking and deleting are two roles, and no other's. */
export const pruneHasRoles = check(['prune', 'roles'], ({ prune, roles }, report) => {
  if (prune === undefined) return;
  for (const name of ['marker', 'pruner'] as const)
    if (roles[name] === undefined)
      report.error(
        ['prune'],
        `needs roles.${name}: nothing could be ${name === 'marker' ? 'marked' : 'deleted'}`,
        'deploy the roles of docs/retention.md#roles, and name them under `roles`',
      );
});

/** The same, where the section `prune` is absent: people mark and delete by the same roles. */
export const retentionRolesAreApart = check(['roles'], ({ roles }, report) => {
  const { marker, pruner, externalId: _, sessionName: __, ...others } = roles;
  for (const [name, role] of Object.entries({ marker, pruner })) {
    if (role === undefined) continue;
    const [twin] = Object.entries({ ...others, ...(name === 'pruner' ? { marker } : {}) }).find(
      ([, other]) => other === role,
    ) ?? [undefined];
    if (twin !== undefined)
      report.error(
        ['roles', name],
        `is the role of \`${twin}\` too`,
        'give it a role of its own: docs/retention.md#roles',
      );
  }
});
