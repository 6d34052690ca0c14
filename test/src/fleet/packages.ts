// Packages of the sets: what a role on a system at a patch level has, and what changes on a single device.
import { type packagesSection, type RowOf, splitIntoParts } from '@muster/protocol';
import { PATCH_LEVELS, partsOfSet, type System } from './characters.ts';
import { createRandom } from './random.ts';

type Package = RowOf<typeof packagesSection>;

/** Parts in which a package of a device may change, and levels it goes round: so the number of distinct bodies stays bounded. */
const CHANGING_PARTS = 40;
const LEVELS = 3;
/** Parts in which a device of any age differs from its set from the beginning, at most. */
const MAX_AHEAD = 5;

/** Packages that people know, so that there is something to look for; the rest is made up. */
const known: Readonly<Record<string, readonly string[]>> = {
  all: ['bash', 'ca-certificates', 'coreutils', 'curl', 'openssh-server', 'sudo', 'tzdata', 'zlib1g'],
  web: ['nginx', 'certbot'],
  app: ['openjdk-17-jre-headless', 'redis-server'],
  db: ['postgresql-15', 'pgbouncer'],
  build: ['gcc', 'make', 'git', 'docker.io'],
  desk: ['firefox-esr', 'libreoffice-core', 'cups'],
  kiosk: ['chromium'],
};

const arches: Readonly<Record<System['ecosystem'], string>> = { deb: 'amd64', rpm: 'x86_64', apk: 'x86_64' };

/** A version in the form of its system; `step` is raised by every repair. */
function versionOf(number: number, step: number, { ecosystem, major }: System): string {
  const upstream = `${1 + (number % 9)}.${number % 40}.${number % 7}`;
  if (ecosystem === 'deb') return `${upstream}-${1 + (number % 3)}+deb${major}u${step}`;
  return ecosystem === 'rpm' ? `${upstream}-${step + 1}.el${major}` : `${upstream}-r${step}`;
}

/** Each package is repaired at one patch level, if at all. */
function stepOf(number: number, patchLevel: number): number {
  return number % PATCH_LEVELS < patchLevel ? 1 : 0;
}

interface Maker {
  readonly system: System;
  readonly patchLevel: number;
}

/** Packages by system, name and step: sets share them, so that all sets together take a few MB. */
const made = new Map<string, Package>();

function makePackage(name: string, number: number, maker: Maker): Package {
  const key = `${maker.system.codename ?? maker.system.id} ${name} ${stepOf(number, maker.patchLevel)}`;
  const known = made.get(key) ?? makeNew(name, number, maker);
  made.set(key, known);
  return known;
}

function makeNew(name: string, number: number, { system, patchLevel }: Maker): Package {
  const isLibrary = name.startsWith('lib');
  return {
    ecosystem: system.ecosystem,
    name,
    version: versionOf(number, stepOf(number, patchLevel), system),
    arch: system.ecosystem === 'deb' && number % 5 === 0 ? 'all' : arches[system.ecosystem],
    source: isLibrary && system.ecosystem === 'deb' ? name.replace(/-dev$/, '') : null,
    size: (1 + ((number * 37) % 9_000)) * 1_024,
    status: 'installed',
  };
}

/** openssl and its library are repaired half way up the levels. */
function makeOpenssl({ system, patchLevel }: Maker): Package[] {
  const [old, repaired] = system.openssl;
  const version = patchLevel < PATCH_LEVELS / 2 ? old : repaired;
  const library = { deb: 'libssl3', rpm: 'openssl-libs', apk: 'libssl3' }[system.ecosystem];
  return ['openssl', library].map((name, place) => ({
    ...makePackage(name, 1_000 + place, { system, patchLevel }),
    version,
    arch: arches[system.ecosystem],
    source: name === 'openssl' ? null : 'openssl',
  }));
}

const sets = new Map<number, readonly Package[][]>();

/** The 64 parts of a set. */
export function readPackageSet(packageSet: number): readonly Package[][] {
  const known = sets.get(packageSet) ?? makeSet(packageSet);
  sets.set(packageSet, known);
  return known;
}

function makeSet(packageSet: number): Package[][] {
  const { role, ...maker } = partsOfSet(packageSet);
  const named = [...(known.all ?? []), ...(known[role.name] ?? [])].map((name, place) =>
    makePackage(name, 2_000 + place, maker),
  );
  // Roles share most of what they have: the larger ones have the packages of the smaller ones.
  const rest = Array.from({ length: role.packages - named.length - 2 }, (_, number) =>
    makePackage(number % 3 === 0 ? `lib${number}-dev` : `tool-${number}`, number, maker),
  );
  return splitIntoParts([...named, ...makeOpenssl(maker), ...rest]);
}

/** One part of a device that differs from its set. */
export interface PackageChange {
  readonly part: number;
  /** 1 to LEVELS. */
  readonly level: number;
}

/** The parts in which a device differs: a few from the beginning, then one more, or one anew, with every change. */
export function changedParts({ device, changes }: { device: number; changes: number }): PackageChange[] {
  const random = createRandom(device * 3 + 7);
  const levels = new Map<number, number>();
  for (let left = Math.floor(random() * MAX_AHEAD) + changes; left > 0; left--) {
    const part = Math.floor(random() * CHANGING_PARTS);
    levels.set(part, ((levels.get(part) ?? 0) % LEVELS) + 1);
  }
  return [...levels].map(([part, level]) => ({ part, level }));
}

/** The rows of a changed part: its first package is at another version, which its system orders behind the one before. */
export function changingPart(packageSet: number, { part, level }: PackageChange): Package[] {
  const [first, ...others] = readPackageSet(packageSet)[part] ?? [];
  if (first === undefined) return [];
  const suffix = { deb: `+u${level}`, rpm: `.${level}`, apk: `_p${level}` };
  const { ecosystem, version } = first;
  const mark = ecosystem === 'rpm' || ecosystem === 'apk' ? suffix[ecosystem] : suffix.deb;
  // apk has its patch in front of the release: 1.2.3_p1-r0.
  const next = ecosystem === 'apk' ? version.replace(/-r/, `${mark}-r`) : `${version}${mark}`;
  return [{ ...first, version: next }, ...others];
}
