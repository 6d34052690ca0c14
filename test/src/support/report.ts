// What a simulated device reports, as the agent encodes it: inventory with packages, alerts, chunks of measurements.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  type Alert,
  encodeBodyFrame,
  encodeChunk,
  encodeChunkFrame,
  type InventoryOffer,
  osVersionSection,
  packagesSection,
  rootInput,
  splitIntoParts,
  writeBody,
} from '@muster/protocol';
import type { Wire } from '../fleet/device.ts';

const HOUR_MS = 3_600_000;
const MINUTES = 60;

function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

/** Inventory of a small Debian: one slice and three packages, one of which no other device has. */
function makeInventory(hostname: string): { offer: InventoryOffer; bodies: ReadonlyMap<string, string> } {
  const blank = { ecosystem: 'deb', arch: 'amd64', source: null, size: null, status: 'installed' };
  const packages = [
    { ...blank, name: 'openssl', version: '3.0.11-1' },
    { ...blank, name: 'zlib1g', version: '1:1.2.13' },
    { ...blank, name: `only-on-${hostname}`, version: '1.0' },
  ];
  const os = { ...emptyOs, name: 'Debian GNU/Linux', platform: 'debian', version: '12' };
  const slice = writeBody(osVersionSection, { outcome: 'ok', rows: [os] });
  const parts = splitIntoParts(packages).map((rows) => writeBody(packagesSection, { outcome: 'ok', rows }));
  const bodies = new Map([slice, ...parts].map((text) => [hashOf(text), text]));
  const since = new Date().toISOString();
  const slices = [{ name: osVersionSection.name, hash: hashOf(slice), since }];
  const hashes = parts.map(hashOf);
  const root = hashOf(rootInput(slices, hashes));
  return {
    offer: { type: 'inventory.offer', root, slices, packages: hashes, packagesSince: since },
    bodies,
  };
}

const emptyOs = {
  major: 12,
  minor: null,
  patch: null,
  build: null,
  platform_like: null,
  codename: null,
  arch: 'x86_64',
  variant: null,
  support_end: null,
};

/** An alert that fires on a series of its own. */
export function makeAlert(seq: number, series: string, at = new Date()): Alert {
  const time = at.toISOString();
  return {
    type: 'alert',
    seq,
    rule: 'disk_full',
    series,
    state: 'firing',
    severity: 'warning',
    value: 0.95,
    threshold: 0.9,
    since: time,
    at: time,
  };
}

/** Start of the hour that lies so many hours before the present one, ms. */
export function hourStartMs(hoursAgo: number): number {
  return Math.floor(Date.now() / HOUR_MS) * HOUR_MS - hoursAgo * HOUR_MS;
}

/** The frame of one hour of one series, whose mean tells which message it was. */
export function makeChunkFrame(seq: number, fromMs: number): Uint8Array {
  const row = Array.from({ length: MINUTES }, (_, minute) => ((seq + minute) % 100) / 100);
  const series = [{ metricId: 1, instance: '', mean: row, max: row }];
  const chunk = encodeChunk({ tier: 'minute', fromMs, count: MINUTES, series }, (raw) => deflateRawSync(raw));
  return encodeChunkFrame({ seq, chunk });
}

/** Reports inventory, one alert and one chunk; resolves when all are stored. */
export async function reportAll(wire: Wire, hostname: string): Promise<void> {
  const { offer, bodies } = makeInventory(hostname);
  wire.send(makeAlert(1, 'fs.used{/}'));
  wire.socket.send(makeChunkFrame(2, hourStartMs(1)));
  wire.send(offer);
  for (let left = 3; left > 0; ) {
    const message = await wire.next();
    if (message === null || message.type === 'refuse' || message.type === 'nack')
      throw new Error(`refused: ${JSON.stringify(message)}`);
    if (message.type === 'ack') left -= message.seqs.length;
    if (message.type === 'inventory.stored') left--;
    if (message.type !== 'inventory.want') continue;
    for (const hash of message.hashes) wire.socket.send(makeBody(bodies.get(hash) ?? ''));
  }
}

function makeBody(text: string): Uint8Array {
  const raw = Buffer.from(text);
  const hash = createHash('sha256').update(raw).digest();
  return encodeBodyFrame({ encoding: 'deflate', rawBytes: raw.length, hash, data: deflateRawSync(raw) });
}
