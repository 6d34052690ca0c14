// Every permission a route can ask for, in one list: what it allows, how far it reaches, and which built-in roles have it.

/**
 * How far a permission reaches. `devices`: it can be limited to some devices. `organization`: it is about no device, so who is limited
 * to some devices does not have it. `shared`: it is about no device either, and harmless to those who are limited.
 */
export type Reach = 'devices' | 'organization' | 'shared';

/** Roles that come with the server. The admin has every permission, also those of later versions. */
export const builtInNames = ['admin', 'technician', 'approver', 'security', 'auditor', 'viewer'] as const;
/** One of them. */
export type BuiltInName = (typeof builtInNames)[number];

interface Entry {
  /** What it allows, for people. */
  readonly says: string;
  readonly reach: Reach;
  /** Built-in roles that have it, besides admin. */
  readonly roles: readonly Exclude<BuiltInName, 'admin'>[];
}

/** Whoever has a role sees that much. */
const everybody = ['technician', 'approver', 'security', 'auditor', 'viewer'] as const;

/** `<subject>.<act>`; a route states one of them, a role grants some of them. */
export const permissions = {
  'devices.read': { says: 'See devices, their state and labels.', reach: 'devices', roles: everybody },
  'devices.write': {
    says: 'Approve, label, release and retire devices.',
    reach: 'devices',
    roles: ['technician'],
  },
  'enrollment.read': {
    says: 'See enrollment tokens, without their secret.',
    reach: 'organization',
    roles: ['technician', 'security', 'auditor'],
  },
  'enrollment.write': {
    says: 'Make and revoke enrollment tokens.',
    reach: 'organization',
    roles: ['security'],
  },
  'inventory.read': {
    says: 'See inventory, its history, and ask live questions.',
    reach: 'devices',
    roles: everybody,
  },
  'metrics.read': { says: 'See measurements, also live.', reach: 'devices', roles: everybody },
  'alerts.read': { says: 'See alerts.', reach: 'devices', roles: everybody },
  'alerts.acknowledge': {
    says: 'Acknowledge alerts that one sees, and give them back.',
    reach: 'devices',
    roles: ['technician'],
  },
  'trust.read': {
    says: 'See the trust document in force, and whose token one has.',
    reach: 'shared',
    roles: everybody,
  },
  'trust.write': {
    says: 'Hand in trust documents that root keys have signed.',
    reach: 'organization',
    roles: ['security'],
  },
  'persons.read': {
    says: 'See persons, their public keys and roles.',
    reach: 'organization',
    roles: ['security', 'auditor'],
  },
  'persons.write': {
    says: 'Add persons, their public keys and their tokens.',
    reach: 'organization',
    roles: [],
  },
  'roles.write': {
    says: 'Make roles, give and take them, and disable persons; never more than one has.',
    reach: 'organization',
    roles: [],
  },
  'audit.read': {
    says: 'See and export the audit.',
    reach: 'organization',
    roles: ['security', 'auditor'],
  },
  'jobs.read': {
    says: 'See jobs, their runs and outputs, and which devices an expression means.',
    reach: 'devices',
    roles: everybody,
  },
  'jobs.write': {
    says: 'Hand in signed commands, continue and cancel jobs.',
    reach: 'devices',
    roles: ['technician'],
  },
  'jobs.approve': { says: 'Add signatures to jobs.', reach: 'devices', roles: ['approver', 'security'] },
  'content.read': { says: 'See signed content and its bodies.', reach: 'shared', roles: everybody },
  'content.write': {
    says: 'Hand in signed content and upload its bodies.',
    reach: 'organization',
    roles: ['technician'],
  },
  'content.approve': {
    says: 'Add signatures to content.',
    reach: 'organization',
    roles: ['approver', 'security'],
  },
  'halts.read': { says: 'See halts.', reach: 'shared', roles: everybody },
  'halts.write': {
    says: 'Hand in signed halts and lifts.',
    reach: 'organization',
    roles: ['technician', 'approver', 'security'],
  },
  'policies.read': {
    says: 'See policies and their history, and plan changes of them; a plan counts devices by whatever a policy asks about them.',
    reach: 'organization',
    roles: everybody,
  },
  'policies.write': {
    says: 'Hand in policies that signers have signed.',
    reach: 'organization',
    roles: ['technician', 'security'],
  },
  'groups.read': { says: 'See groups and their members.', reach: 'devices', roles: everybody },
  'groups.write': {
    says: 'Make, change and remove groups.',
    reach: 'organization',
    roles: ['technician', 'security'],
  },
  'me.write': {
    says: 'Manage one\u2019s own sign-in: passkeys, password, sessions. Every session has it.',
    reach: 'shared',
    roles: everybody,
  },
  'views.own': { says: 'Keep views of lists for oneself.', reach: 'shared', roles: everybody },
  'views.write': {
    says: 'Share views of lists with everybody.',
    reach: 'organization',
    roles: ['technician', 'security'],
  },
  'notifications.read': {
    says: 'See how alerts are told to people, and what was sent.',
    reach: 'organization',
    roles: ['technician', 'security', 'auditor'],
  },
  'notifications.write': {
    says: 'Decide how alerts are told to people, and send trials.',
    reach: 'organization',
    roles: ['technician', 'security'],
  },
  'settings.read': {
    says: 'See whether the server is set up well.',
    reach: 'organization',
    roles: ['technician', 'security', 'auditor'],
  },
} as const satisfies Record<string, Entry>;

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

/** How far one reaches; what this version does not know reaches nothing that is limited. */
export function reachOf(permission: string): Reach {
  return isPermission(permission) ? permissions[permission].reach : 'organization';
}

/** True for a permission that orders something of a kind on devices, so that kinds and content can be limited. */
export function isOrdering(permission: string): boolean {
  return permission === 'jobs.write' || permission === 'jobs.approve';
}

/** The permissions of a built-in role. */
export function permissionsOf(role: BuiltInName): readonly Permission[] {
  if (role === 'admin') return allPermissions;
  return allPermissions.filter((one) => {
    const { roles }: Entry = permissions[one];
    return roles.includes(role);
  });
}

/** True for the name of a built-in role. */
export function isBuiltIn(role: string): role is BuiltInName {
  const names: readonly string[] = builtInNames;
  return names.includes(role);
}
