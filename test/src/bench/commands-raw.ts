// The raw limit beside a round trip: a message there and back over a bare WebSocket with TLS, and so many syncs of a file.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { BenchContext } from './bench.ts';
import { quantile } from './commands-house.ts';
import { type BareServer, startBareServer } from './load.ts';
import { makeBenchFolder } from './stage.ts';

/** What an offer of a command weighs, and a report with its result, bytes; both rounded up. */
const OFFER_BYTES = 1_500;
const RECORD_BYTES = 2_000;

/** What a raw run is made of. */
export interface RawWish {
  /** Folder with the key and certificate of the server beside which this is measured. */
  readonly tlsFolder: string;
  readonly trips: number;
  /** Messages there and back in one trip: the API's and the device's. */
  readonly echoes: number;
  readonly syncs: number;
}

async function openSocket(t: BenchContext, { url }: BareServer): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), {
    perMessageDeflate: false,
    rejectUnauthorized: false,
  });
  t.teardown(async () => socket.terminate());
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** Times of such trips, ms. */
export async function measureRawTrips(
  t: BenchContext,
  { tlsFolder, trips, echoes, syncs }: RawWish,
): Promise<readonly number[]> {
  const server = await startBareServer(t, 'echo', tlsFolder);
  const socket = await openSocket(t, server);
  const file = await open(join(await makeBenchFolder(t, 'raw'), 'file'), 'a');
  const message = Buffer.alloc(OFFER_BYTES, 0x61);
  const record = Buffer.alloc(RECORD_BYTES, 0x61);
  const times: number[] = [];
  for (let trip = 0; trip < trips; trip++) {
    const fromMs = performance.now();
    for (let echo = 0; echo < echoes; echo++) {
      const back = new Promise((resolve) => socket.once('message', resolve));
      socket.send(message);
      await back;
    }
    for (let sync = 0; sync < syncs; sync++) {
      await file.write(record);
      await file.datasync();
    }
    times.push(performance.now() - fromMs);
  }
  await file.close();
  await server.stop();
  return times;
}

/** Half of the times are not above the first, 95 of 100 not above the second. */
export function halfAndMost(times: readonly number[]): { readonly p50: number; readonly p95: number } {
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
