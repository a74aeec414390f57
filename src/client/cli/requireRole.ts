import { type Fleet } from '../../config';
import { type RetentionRole } from '../../core/catalogue/copy';
import { CommandFailure } from './commandFailure';
import { exitCodes } from './exitCodes';

/** What only a role of retention may do is not begun without it. */
export function requireRole({ name, roles }: Pick<Fleet, 'name' | 'roles'>, role: RetentionRole): void {
  if (roles[role] !== undefined) return;
  throw new CommandFailure(
    `the fleet file of ${name} has no roles.${role}`,
    exitCodes.usage,
    'deploy the roles of docs/retention.md#roles, and name them under `roles`',
  );
}
