// Inventories of simulated devices: a few package sets that many share, and a few packages in which each differs.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  cpuInfoSection,
  encodeBodyFrame,
  encodeBundleFrame,
  type InventoryOffer,
  joinFrames,
  memoryInfoSection,
  osVersionSection,
  packagesSection,
  partOf,
  type RowOf,
  rootInput,
  type Section,
  splitIntoParts,
  systemInfoSection,
  type Value,
  writeBody,
} from '@muster/protocol';
import { createRandom } from './random.ts';

type Package = RowOf<typeof packagesSection>;

/** Kinds of machines: which packages of the common pool they have, and what they are made of. */
const KINDS = [
  { name: 'small', packages: 250, every: 1, cores: 1, memoryGb: 1 },
  { name: 'web', packages: 600, every: 2, cores: 4, memoryGb: 8 },
  { name: 'database', packages: 900, every: 3, cores: 16, memoryGb: 64 },
  { name: 'build', packages: 1_200, every: 2, cores: 32, memoryGb: 128 },
  { name: 'desktop', packages: 1_800, every: 1, cores: 8, memoryGb: 16 },
] as const;
/** Packages of a kind that change while a fleet runs. */
const CHANGING = 40;
/** Packages in which a new device is ahead of its kind, at most. */
const MAX_AHEAD = 5;
/** Versions a changing package goes round, so that the number of distinct bodies stays bounded. */
const LEVELS = 3;

/** The inventory of one device. */
export interface FleetInventory {
  offer(): InventoryOffer;
  /** First 8 bytes of the root. */
  digest(): Uint8Array;
  /** A package is upgraded. */
  drift(): void;
}

/** Inventories of all devices of a fleet; equal bodies lie in memory once. */
export interface Inventories {
  of(index: number, hostname: string): FleetInventory;
  /** One bundle with the wanted bodies; those that no device offers are left out. */
  bundle(hashes: readonly string[]): Uint8Array;
}

/** A kind with its bodies. */
interface Kind {
  readonly parts: readonly (readonly Package[])[];
  readonly hashes: readonly string[];
  readonly changing: readonly string[];
  readonly slices: readonly { readonly name: string; readonly hash: string }[];
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function makePackage(number: number): Package {
  return {
    ecosystem: 'deb',
    name: number % 3 === 0 ? `lib${number}-dev` : `tool-${number}`,
    version: `${1 + (number % 9)}.${number % 40}.${number % 7}-${1 + (number % 3)}`,
    arch: number % 5 === 0 ? 'all' : 'amd64',
    source: number % 3 === 0 ? `lib${number}` : null,
    size: (1 + ((number * 37) % 9_000)) * 1024,
    status: 'installed',
  };
}

/** `1.2.3-1` at level 2 is `1.2.3-1+u2`, which dpkg's order puts behind it. */
function atLevel(row: Package, level: number | undefined): Package {
  return level === undefined ? row : { ...row, version: `${row.version}+u${level}` };
}

/** Makes the bodies of all kinds. */
export function createInventories(): Inventories {
  const bodies = new Map<string, string>();

  function keep(text: string): string {
    const hash = sha256(text).toString('base64url');
    bodies.set(hash, text);
    return hash;
  }

  const keepPart = (rows: readonly Package[]) => keep(writeBody(packagesSection, { outcome: 'ok', rows }));
  const keepRow = (section: Section, row: Readonly<Record<string, Value>>) => ({
    name: section.name,
    hash: keep(writeBody(section, { outcome: 'ok', rows: [row] })),
  });

  function makeKind({ packages, every, cores, memoryGb }: (typeof KINDS)[number]): Kind {
    const rows = Array.from({ length: packages }, (_, number) => makePackage(number * every));
    const parts = splitIntoParts(rows);
    const os = { name: 'Debian GNU/Linux', version: '12 (bookworm)', major: 12, platform: 'debian' };
    const cpu = { device_id: 'CPU0', model: 'Simulated', number_of_cores: cores, logical_processors: cores };
    return {
      parts,
      hashes: parts.map(keepPart),
      changing: rows.slice(0, CHANGING).map(({ name }) => name),
      slices: [
        keepRow(osVersionSection, os),
        keepRow(cpuInfoSection, cpu),
        keepRow(memoryInfoSection, { memory_total: memoryGb * 2 ** 30, swap_total: 0 }),
      ],
    };
  }

  const kinds = KINDS.map(makeKind);

  function of(index: number, hostname: string): FleetInventory {
    const kind = kinds[index % kinds.length];
    if (kind === undefined) throw new Error('there are no kinds');
    const random = createRandom(index);
    const levels = new Map<string, number>();
    const parts = [...kind.hashes];
    const since = new Date().toISOString();
    let packagesSince = since;
    let root: Buffer | null = null;
    const model = KINDS[index % KINDS.length]?.name ?? '';
    const own = keepRow(systemInfoSection, { hostname, hardware_vendor: 'Simulated', hardware_model: model });
    const slices = [...kind.slices, own].map((slice) => ({ ...slice, since }));

    function upgrade(): void {
      const name = kind?.changing[Math.floor(random() * CHANGING)];
      if (name === undefined) return;
      levels.set(name, ((levels.get(name) ?? 0) % LEVELS) + 1);
      const part = partOf(name);
      parts[part] = keepPart((kind?.parts[part] ?? []).map((row) => atLevel(row, levels.get(row.name))));
      root = null;
    }

    function readRoot(): Buffer {
      root ??= sha256(rootInput(slices, parts));
      return root;
    }

    for (let ahead = Math.floor(random() * MAX_AHEAD); ahead > 0; ahead--) upgrade();
    return {
      digest: () => readRoot().subarray(0, 8),
      offer: () => ({
        type: 'inventory.offer',
        root: readRoot().toString('base64url'),
        slices,
        packages: parts,
        packagesSince,
      }),
      drift() {
        upgrade();
        packagesSince = new Date().toISOString();
      },
    };
  }

  return {
    of,
    bundle(hashes) {
      const frames = hashes.flatMap((hash) => {
        const text = bodies.get(hash);
        if (text === undefined) return [];
        const data = Buffer.from(text);
        return [encodeBodyFrame({ encoding: 'raw', rawBytes: data.length, hash: sha256(data), data })];
      });
      const raw = joinFrames(frames);
      return encodeBundleFrame({ encoding: 'deflate', rawBytes: raw.length, data: deflateRawSync(raw) });
    },
  };
}
