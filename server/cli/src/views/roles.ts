// Roles: what they allow, on which devices, and how many hold them.
import type { PermissionItem, Role } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { drawTable } from '../output/table.ts';

const reaches: Readonly<Record<string, string>> = {
  devices: 'can be limited to some devices',
  organization: 'the whole organization only',
  shared: 'stays with a limit',
};

/** Draws the list. */
export function drawRoles(roles: readonly Role[], canvas: Canvas): string {
  return drawTable(
    [{ title: 'role', asIs: true }, { title: 'for' }, { title: 'persons', align: 'right' }],
    roles.map(({ id, name, description, isBuiltIn, holders }) => [
      isBuiltIn ? id : name,
      description,
      String(holders),
    ]),
    canvas,
  );
}

/** Draws one with all that it allows. */
export function drawRole({ grants }: Role, canvas: Canvas): string {
  return drawTable(
    [{ title: 'allows', asIs: true }, { title: 'on' }, { title: 'only' }],
    grants.map(({ permission, where, kinds, contents }) => [
      permission,
      where ?? { text: 'everything', tone: 'quiet' },
      [...(kinds ?? []), ...(contents ?? [])].join(', '),
    ]),
    canvas,
  );
}

/** Draws what roles can allow. */
export function drawPermissions(items: readonly PermissionItem[], canvas: Canvas): string {
  return drawTable(
    [{ title: 'permission', asIs: true }, { title: 'allows' }, { title: 'limit' }],
    items.map(({ id, says, reach }) => [id, says, reaches[reach] ?? reach]),
    canvas,
  );
}
