// Every permission a route can ask for, in one list.

/** `<subject>.<act>`; a route states one of them, a token holds some of them. */
export const permissions = {
  'devices.read': 'See devices, their state and labels.',
  'devices.write': 'Approve, label, release and retire devices.',
  'enrollment.read': 'See enrollment tokens, without their secret.',
  'enrollment.write': 'Make and revoke enrollment tokens.',
  'inventory.read': 'See inventory, its history, and ask live questions.',
  'metrics.read': 'See measurements, also live.',
  'alerts.read': 'See alerts.',
  'trust.read': 'See the trust document in force, and whose token one has.',
  'trust.write': 'Hand in trust documents that root keys have signed.',
  'persons.read': 'See persons and their public keys.',
  'persons.write': 'Add persons, their public keys and their tokens.',
  'jobs.read': 'See jobs, their runs and outputs, and which devices an expression means.',
  'jobs.write': 'Hand in signed commands, add signatures, continue and cancel jobs.',
  'content.read': 'See signed content and its bodies.',
  'content.write': 'Hand in signed content and upload its bodies.',
  'halts.read': 'See halts.',
  'halts.write': 'Hand in signed halts and lifts.',
} as const satisfies Record<string, string>;

/** A permission of the list. */
export type Permission = keyof typeof permissions;

/** All of them. */
export const allPermissions = Object.keys(permissions) as Permission[];

/** In a stored token: all permissions, also those of later versions. Only a token made on the host has it. */
export const EVERY_PERMISSION = '*';

/** What a stored list of permissions allows by this version's list. */
export function readPermissions(stored: readonly string[]): ReadonlySet<Permission> {
  return new Set(stored.includes(EVERY_PERMISSION) ? allPermissions : stored.filter(isPermission));
}

/** True for a permission of the list. */
export function isPermission(value: string): value is Permission {
  return Object.hasOwn(permissions, value);
}
