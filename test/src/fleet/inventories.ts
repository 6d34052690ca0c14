// Inventories of simulated devices: a few hundred package sets that many share, and packages that change on each device by itself.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  cpuInfoSection,
  encodeBodyFrame,
  encodeBundleFrame,
  type InventoryOffer,
  joinFrames,
  kernelInfoSection,
  memoryInfoSection,
  mountsSection,
  osVersionSection,
  packagesSection,
  rootInput,
  type Section,
  systemInfoSection,
  type Value,
  writeBody,
} from '@muster/protocol';
import { type Character, characterOf } from './characters.ts';
import { ownRow, sharedRows } from './facts.ts';
import { changedParts, changingPart, type PackageChange, readPackageSet } from './packages.ts';

/** A device as its inventory sees it. */
export interface Inventoried {
  readonly device: number;
  /** Changes so far; each upgrades one package by one of a few levels. */
  readonly changes: number;
  /** Another name than the one of its character. */
  readonly hostname?: string;
}

/** The inventory of one device that is kept as an object. */
export interface FleetInventory {
  offer(): InventoryOffer;
  /** First 8 bytes of the root. */
  digest(): Uint8Array;
  /** A package is upgraded. */
  drift(): void;
}

/** Since when the slices and the packages are as they are, RFC 3339. */
interface InventoryTimes {
  readonly since: string;
  readonly packagesSince: string;
}

/** Bodies in one frame. */
interface Bundle {
  readonly frame: Uint8Array;
  readonly bodies: number;
}

interface NamedHash {
  readonly name: string;
  readonly hash: string;
}

/** Inventories of all devices. Nothing is kept for a single device: everything follows from its number and its changes. */
export interface Inventories {
  /** First 8 bytes of the root. */
  digest(of: Inventoried): Uint8Array;
  offer(of: Inventoried, times: InventoryTimes): InventoryOffer;
  /** One bundle with the wanted bodies; those that the device does not have are left out. */
  bundleOf(of: Inventoried, hashes: readonly string[]): Bundle;
  /** One device as an object, for those who have few. */
  of(device: number, hostname: string): FleetInventory;
  /** The same as `bundleOf` for the devices that were asked for by `of`. */
  bundle(hashes: readonly string[]): Uint8Array;
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function writeRow(section: Section, row: Readonly<Record<string, Value>>): [name: string, text: string] {
  return [section.name, writeBody(section, { outcome: 'ok', rows: [row] })];
}

/** The slices that all devices of a role and system share. */
function writeShared(character: Character): [name: string, text: string][] {
  const rows = sharedRows(character);
  return [
    writeRow(osVersionSection, rows.os_version),
    writeRow(cpuInfoSection, rows.cpu_info),
    writeRow(memoryInfoSection, rows.memory_info),
    writeRow(kernelInfoSection, rows.kernel_info),
    writeRow(mountsSection, rows.mounts),
  ];
}

function writeOwn(character: Character): [name: string, text: string] {
  return writeRow(systemInfoSection, ownRow(character));
}

function writePart(rows: readonly Readonly<Record<string, Value>>[]): string {
  return writeBody(packagesSection, { outcome: 'ok', rows } as Parameters<typeof writeBody>[1]);
}

function named([name, text]: readonly [name: string, text: string]): NamedHash {
  return { name, hash: sha256(text).toString('base64url') };
}

/** Makes the inventories. */
export function createInventories(): Inventories {
  return new SharedInventories();
}

class SharedInventories implements Inventories {
  private readonly hashesOfSet = new Map<number, readonly string[]>();
  private readonly changedHashes = new Map<string, string>();
  private readonly shared = new Map<string, readonly NamedHash[]>();
  /** Devices that somebody holds as objects. */
  private readonly held: (() => Inventoried)[] = [];

  digest(of: Inventoried): Uint8Array {
    return this.read(of).root.subarray(0, 8);
  }

  offer(of: Inventoried, { since, packagesSince }: InventoryTimes): InventoryOffer {
    const { slices, packages, root } = this.read(of);
    return {
      type: 'inventory.offer',
      root: root.toString('base64url'),
      slices: slices.map((slice) => ({ ...slice, since })),
      packages: [...packages],
      packagesSince,
    };
  }

  of(device: number, hostname: string): FleetInventory {
    const since = new Date().toISOString();
    let packagesSince = since;
    let changes = 0;
    const source = () => ({ device, changes, hostname });
    this.held.push(source);
    return {
      digest: () => this.digest(source()),
      offer: () => this.offer(source(), { since, packagesSince }),
      drift() {
        changes++;
        packagesSince = new Date().toISOString();
      },
    };
  }

  bundle(hashes: readonly string[]): Uint8Array {
    const found = new Map<string, string>();
    for (const source of this.held) {
      const wanted = new Set(hashes.filter((hash) => !found.has(hash)));
      if (wanted.size === 0) break;
      for (const [hash, text] of this.find(source(), wanted)) found.set(hash, text);
    }
    return encodeBodies([...found.values()]);
  }

  bundleOf(of: Inventoried, hashes: readonly string[]): Bundle {
    const bodies = this.find(of, new Set(hashes));
    return { frame: encodeBodies([...bodies.values()]), bodies: bodies.size };
  }

  private read(of: Inventoried) {
    const character = characterIn(of);
    const [slices, packages] = [this.slices(character), this.parts(character, of)];
    return { slices, packages, root: sha256(rootInput(slices, packages)) };
  }

  /** Hashes of a set's 64 parts; kept, for making them takes milliseconds. */
  private setHashes(packageSet: number): readonly string[] {
    const known = this.hashesOfSet.get(packageSet);
    if (known !== undefined) return known;
    const hashes = readPackageSet(packageSet).map((rows) => sha256(writePart(rows)).toString('base64url'));
    this.hashesOfSet.set(packageSet, hashes);
    return hashes;
  }

  private changedHash(packageSet: number, change: PackageChange): string {
    const key = `${packageSet} ${change.part} ${change.level}`;
    const known = this.changedHashes.get(key);
    if (known !== undefined) return known;
    const hash = sha256(writePart(changingPart(packageSet, change))).toString('base64url');
    this.changedHashes.set(key, hash);
    return hash;
  }

  private parts({ packageSet }: Character, of: Inventoried): readonly string[] {
    const own = [...this.setHashes(packageSet)];
    for (const change of changedParts(of)) own[change.part] = this.changedHash(packageSet, change);
    return own;
  }

  private slices(character: Character): readonly NamedHash[] {
    const key = `${character.role.name} ${character.system.codename ?? character.system.id}`;
    const known = this.shared.get(key) ?? writeShared(character).map(named);
    this.shared.set(key, known);
    return [...known, named(writeOwn(character))];
  }

  /** Writes again what is wanted, by hash: a body is wanted once in the whole fleet, its hash at every offer. */
  private find(of: Inventoried, wanted: ReadonlySet<string>): ReadonlyMap<string, string> {
    const character = characterIn(of);
    const { packageSet } = character;
    const found = new Map<string, string>();
    for (const [name, text] of [...writeShared(character), writeOwn(character)]) {
      const { hash } = named([name, text]);
      if (wanted.has(hash)) found.set(hash, text);
    }
    const changes = changedParts(of);
    for (const [part, hash] of this.parts(character, of).entries()) {
      if (!wanted.has(hash)) continue;
      const change = changes.find((one) => one.part === part);
      const rows = change ? changingPart(packageSet, change) : (readPackageSet(packageSet)[part] ?? []);
      found.set(hash, writePart(rows));
    }
    return found;
  }
}

function characterIn({ device, hostname }: Inventoried): Character {
  const character = characterOf(device);
  return hostname === undefined ? character : { ...character, hostname };
}

function encodeBodies(texts: readonly string[]): Uint8Array {
  const frames = texts.map((text) => {
    const data = Buffer.from(text);
    return encodeBodyFrame({ encoding: 'raw', rawBytes: data.length, hash: sha256(data), data });
  });
  const raw = joinFrames(frames);
  return encodeBundleFrame({ encoding: 'deflate', rawBytes: raw.length, data: deflateRawSync(raw) });
}
