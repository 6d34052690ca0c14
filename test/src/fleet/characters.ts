// The character of each device: site, role, distribution, patch level, hardware; the same in every run.
import { createRandom } from './random.ts';

/** Where devices stand. */
export const sites = ['fra', 'ams', 'nyc', 'sin', 'lab'] as const;
export type Site = (typeof sites)[number];

/** What devices are for: how common, how many packages, what they are made of. */
export const roles = [
  { name: 'web', weight: 30, packages: 600, cores: 4, memoryGb: 8, model: 'VM medium' },
  { name: 'app', weight: 20, packages: 700, cores: 8, memoryGb: 16, model: 'VM large' },
  { name: 'db', weight: 10, packages: 900, cores: 16, memoryGb: 64, model: 'R640' },
  { name: 'build', weight: 5, packages: 1_200, cores: 32, memoryGb: 128, model: 'R7525' },
  { name: 'desk', weight: 25, packages: 1_800, cores: 8, memoryGb: 16, model: 'OptiPlex 7010' },
  { name: 'kiosk', weight: 10, packages: 250, cores: 2, memoryGb: 4, model: 'NUC' },
] as const;
export type Role = (typeof roles)[number];

/** What they run: how common, with which package manager, and their openssl before and after its last repair. */
export const systems = [
  { id: 'debian', name: 'Debian GNU/Linux', version: '12 (bookworm)', major: 12, codename: 'bookworm', ecosystem: 'deb', like: null, kernel: '6.1.0-41-amd64', openssl: ['3.0.11-1~deb12u2', '3.0.17-1~deb12u3'], weight: 45 },
  { id: 'ubuntu', name: 'Ubuntu', version: '24.04.3 LTS (Noble Numbat)', major: 24, codename: 'noble', ecosystem: 'deb', like: 'debian', kernel: '6.8.0-86-generic', openssl: ['3.0.13-0ubuntu3', '3.0.13-0ubuntu3.6'], weight: 20 },
  { id: 'ubuntu', name: 'Ubuntu', version: '22.04.5 LTS (Jammy Jellyfish)', major: 22, codename: 'jammy', ecosystem: 'deb', like: 'debian', kernel: '5.15.0-160-generic', openssl: ['3.0.2-0ubuntu1.10', '3.0.2-0ubuntu1.20'], weight: 12 },
  { id: 'debian', name: 'Debian GNU/Linux', version: '11 (bullseye)', major: 11, codename: 'bullseye', ecosystem: 'deb', like: null, kernel: '5.10.0-36-amd64', openssl: ['1.1.1n-0+deb11u4', '1.1.1w-0+deb11u4'], weight: 8 },
  { id: 'almalinux', name: 'AlmaLinux', version: '9.6 (Sage Margay)', major: 9, codename: null, ecosystem: 'rpm', like: 'rhel centos fedora', kernel: '5.14.0-570.52.1.el9_6.x86_64', openssl: ['1:3.0.7-24.el9', '1:3.2.2-6.el9_5.1'], weight: 10 },
  { id: 'alpine', name: 'Alpine Linux', version: '3.22.2', major: 3, codename: null, ecosystem: 'apk', like: null, kernel: '6.12.54-0-lts', openssl: ['3.5.0-r0', '3.5.4-r0'], weight: 5 },
] as const; // biome-ignore format: one system a line is easier to compare
export type System = (typeof systems)[number];

/** Steps of patching: 0 is far behind, the last is up to date. */
export const PATCH_LEVELS = 8;
/** Share of devices at the last level; the others lie anywhere. */
const CURRENT_SHARE = 0.6;

/** Agents in the field, the newest most common. */
const agentVersions = ['0.1.0', '0.1.0', '0.1.0', '0.0.9', '0.0.8'] as const;

/** What a device is. */
export interface Character {
  readonly hostname: string;
  readonly site: Site;
  readonly role: Role;
  readonly system: System;
  readonly patchLevel: number;
  /** One of a few hundred: devices of one role, system and patch level have the same packages, but for what has changed since. */
  readonly packageSet: number;
  readonly agentVersion: string;
}

function pickWeighted<T extends { readonly weight: number }>(all: readonly T[], at: number): number {
  let left = at * all.reduce((sum, { weight }) => sum + weight, 0);
  for (const [place, { weight }] of all.entries()) {
    left -= weight;
    if (left < 0) return place;
  }
  return all.length - 1;
}

function at<T>(all: readonly T[], place: number): T {
  const found = all[place];
  if (found === undefined) throw new Error(`there is no ${place} of ${all.length}`);
  return found;
}

/** The number of the set that goes with these. */
function setOf(role: number, system: number, patchLevel: number): number {
  return (role * systems.length + system) * PATCH_LEVELS + patchLevel;
}

/** Role, system and patch level of a set. */
export function partsOfSet(packageSet: number): { role: Role; system: System; patchLevel: number } {
  const pair = Math.floor(packageSet / PATCH_LEVELS);
  return {
    role: at(roles, Math.floor(pair / systems.length)),
    system: at(systems, pair % systems.length),
    patchLevel: packageSet % PATCH_LEVELS,
  };
}

/** The character of a device of the fleet. */
export function characterOf(device: number): Character {
  const random = createRandom(device + 1);
  const site = at(sites, Math.floor(random() ** 1.5 * sites.length));
  const role = pickWeighted(roles, random());
  const system = pickWeighted(systems, random());
  const isCurrent = random() < CURRENT_SHARE;
  const patchLevel = isCurrent ? PATCH_LEVELS - 1 : Math.floor(random() * PATCH_LEVELS);
  return {
    hostname: `${site}-${at(roles, role).name}-${String(device).padStart(5, '0')}`,
    site,
    role: at(roles, role),
    system: at(systems, system),
    patchLevel,
    packageSet: setOf(role, system, patchLevel),
    agentVersion: at(agentVersions, Math.floor(random() ** 2 * agentVersions.length)),
  };
}

/** Site and role as one number, below `sites.length * roles.length`. */
export function groupOf({ site, role }: Pick<Character, 'site' | 'role'>): number {
  return sites.indexOf(site) * roles.length + roles.indexOf(role);
}
