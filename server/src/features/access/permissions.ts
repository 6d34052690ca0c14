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
  'trust.read': 'See the trust document in force.',
} as const satisfies Record<string, string>;

/** A permission of the list. */
export type Permission = keyof typeof permissions;

/** All of them, for the one admin of this release. */
export const allPermissions = Object.keys(permissions) as Permission[];

/** True for a permission of the list. */
export function isPermission(value: string): value is Permission {
  return Object.hasOwn(permissions, value);
}
