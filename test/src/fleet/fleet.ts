// Many simulated devices in one process, and what they count together.
import { readFile, writeFile } from 'node:fs/promises';
import { createGate } from './gate.ts';
import { createInventories } from './inventories.ts';
import { openDeviceKeys } from './keys.ts';
import { type FleetCounts, type FleetDevice, type Life, startLife } from './life.ts';
import type { FleetOptions } from './options.ts';

/** A running fleet. */
export interface Fleet {
  readonly counts: Readonly<FleetCounts>;
  /** Says goodbye for all devices and keeps them where the options say so. */
  stop(): Promise<void>;
}

/** A device as it is kept from one run to the next. */
interface KeptDevice {
  readonly id: string;
  readonly epoch: number;
  readonly secret: string;
}

async function readKept(path: string): Promise<Map<number, FleetDevice>> {
  const text = path === '' ? '{}' : await readFile(path, 'utf8').catch(orEmpty);
  const kept = JSON.parse(text) as Record<string, KeptDevice>;
  return new Map(
    Object.entries(kept).map(([index, { id, epoch, secret }]) => [
      Number(index),
      { id, epoch, keys: openDeviceKeys(Buffer.from(secret, 'base64')) },
    ]),
  );
}

function orEmpty(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '{}';
  throw error;
}

async function writeKept(path: string, devices: ReadonlyMap<number, FleetDevice>): Promise<void> {
  if (path === '') return;
  const rows = [...devices].map(([index, { id, epoch, keys }]): [string, KeptDevice] => [
    String(index),
    { id, epoch, secret: Buffer.from(keys.secret()).toString('base64') },
  ]);
  await writeFile(path, JSON.stringify(Object.fromEntries(rows)), { mode: 0o600 });
}

/** Starts the fleet: devices begin in order, as fast as the gate lets them. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const devices = await readKept(options.devicesFile);
  const token = options.tokenFile === '' ? '' : (await readFile(options.tokenFile, 'utf8')).trim();
  const counts: FleetCounts = {
    enrolled: 0,
    online: 0,
    sessions: 0,
    heartbeats: 0,
    offers: 0,
    stored: 0,
    chunks: 0,
    acknowledged: 0,
    refused: 0,
    failed: 0,
    lastFault: '',
  };
  const parts = {
    options,
    token,
    counts,
    inventories: createInventories(),
    gate: createGate(options.rate),
    known: (index: number) => devices.get(index) ?? null,
    enrolled(index: number, device: FleetDevice) {
      counts.enrolled++;
      devices.set(index, device);
    },
  };
  const lives: Life[] = Array.from({ length: options.devices }, (_, index) => startLife(index, parts));
  return {
    counts,
    async stop() {
      for (const life of lives) life.stop();
      await Promise.all(lives.map((life) => life.ended));
      await writeKept(options.devicesFile, devices);
    },
  };
}
