// An agent for tests: holds sections and packages, offers them and answers what is wanted, with the real encodings.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  type BodyFrame,
  encodeBodyFrame,
  encodeHeartbeat,
  findSection,
  type InventoryOffer,
  packagesSection,
  rootInput,
  splitIntoParts,
  writeBody,
} from '@muster/protocol';
import type { Handlers } from '../../../gateway/handlers.ts';
import { createTestSession, type TestSession } from './session.ts';

/** A row of section `packages`; what is left out has a default. */
export interface TestPackage {
  readonly name: string;
  readonly version: string;
  readonly ecosystem?: string;
  readonly arch?: string;
  readonly source?: string | null;
  readonly size?: number | null;
  readonly status?: string;
}

export interface TestDevice {
  session: TestSession;
  /** Body texts by hash. */
  readonly bodies: Map<string, string>;
  /** Sets a slice from rows, or from a body text of any form. */
  set(name: string, content: readonly Readonly<Record<string, unknown>>[] | string, sinceMs?: number): void;
  remove(name: string): void;
  /** Null takes the list away. */
  setPackages(rows: readonly TestPackage[] | null, sinceMs?: number): void;
  offer(): InventoryOffer;
  frame(hash: string, change?: Partial<BodyFrame>): Uint8Array;
  heartbeat(): Uint8Array;
}

interface Held {
  readonly hash: string;
  readonly sinceMs: number;
}

export function hashText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url');
}

export function createTestDevice(ref: {
  readonly tenant: number;
  readonly idx: number;
  readonly deviceId: string;
}): TestDevice {
  const bodies = new Map<string, string>();
  const slices = new Map<string, Held>();
  let packages: readonly string[] = [];
  let packagesSinceMs = Date.now();

  function keep(text: string): string {
    const hash = hashText(text);
    bodies.set(hash, text);
    return hash;
  }

  function offer(): InventoryOffer {
    const list = [...slices].map(([name, { hash, sinceMs }]) => ({
      name,
      hash,
      since: new Date(sinceMs).toISOString(),
    }));
    return {
      type: 'inventory.offer',
      root: hashText(rootInput(list, packages)),
      slices: list,
      packages: [...packages],
      packagesSince: new Date(packagesSinceMs).toISOString(),
    };
  }

  return {
    session: createTestSession(ref),
    bodies,
    set(name, content, sinceMs = Date.now()) {
      slices.set(name, {
        hash: keep(typeof content === 'string' ? content : writeSection(name, content)),
        sinceMs,
      });
    },
    remove: (name) => void slices.delete(name),
    setPackages(rows, sinceMs = Date.now()) {
      packagesSinceMs = sinceMs;
      packages =
        rows === null
          ? []
          : splitIntoParts(rows).map((part) => keep(writeSection('packages', part.map(fillPackage))));
    },
    offer,
    frame(hash, change = {}) {
      const raw = Buffer.from(bodies.get(hash) ?? '');
      return encodeBodyFrame({
        encoding: 'deflate',
        rawBytes: raw.length,
        hash: Buffer.from(hash, 'base64url'),
        data: deflateRawSync(raw),
        ...change,
      });
    },
    heartbeat: () =>
      encodeHeartbeat({
        inventoryDigest: Buffer.from(offer().root, 'base64url'),
        uptimeS: 60,
        outboxDepth: 0,
        dropped: 0,
        cpuUsedRatio: 0.1,
        memoryUsedRatio: 0.2,
        swapUsedRatio: null,
        diskUsedRatio: 0.5,
        loadPerCpu: 0.3,
      }),
  };
}

function fillPackage(row: TestPackage): Record<string, unknown> {
  return { ecosystem: 'deb', arch: 'amd64', source: null, size: null, status: 'installed', ...row };
}

function writeSection(name: string, rows: readonly Readonly<Record<string, unknown>>[]): string {
  const section = name === packagesSection.name ? packagesSection : findSection(name);
  if (section === undefined)
    return JSON.stringify({ section: name, outcome: 'ok', reason: '', columns: [], rows: [] });
  return writeBody(section, { outcome: 'ok', rows: rows as never });
}

/** Offers, answers what is wanted, and waits until it is stored; resolves with the hashes that were wanted. `handedIn`: all of them are there. */
export async function report(
  handlers: Handlers,
  device: TestDevice,
  handedIn: () => void = () => undefined,
): Promise<readonly string[]> {
  const { session } = device;
  await handlers.message('inventory.offer')?.(session, device.offer() as never);
  const want = await session.next('inventory.want');
  for (const hash of want.hashes) await handlers.frame('body')?.(session, device.frame(hash));
  handedIn();
  await session.next('inventory.stored');
  return want.hashes;
}
