// The house of the benches of commands: a server with TLS, its signer, its database beside it, and a client that keeps its connection.
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { createOrders, type FoundTargets, type Orders } from '../support/orders.ts';
import { type Call, send } from '../support/server.ts';
import type { BenchContext } from './bench.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';

/** How a job stood when the API said that it is over. */
export interface Ended {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The house. */
export interface CommandHouse {
  readonly server: ServerProcess;
  readonly orders: Orders;
  /** Hands in a signed order; answers how long the API took to say that it is stored, ms. @throws when it is refused */
  order(targets: FoundTargets, signed: ReturnType<Orders['sign']>): Promise<number>;
  /** Hands it in and follows it to its last result; answers how long both took together, ms, and how it ended. */
  run(
    targets: FoundTargets,
    signed: ReturnType<Orders['sign']>,
  ): Promise<{ readonly ms: number; readonly ended: Ended }>;
}

/** A client whose connections stay open: what is measured is the order, not a handshake. */
function createClient({ url, token }: ServerProcess) {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const authorization = `Bearer ${token}`;

  function ask(path: string, body: string | null): Promise<{ status: number; text: string }> {
    const method = body === null ? 'GET' : 'POST';
    const headers = { authorization, ...(body === null ? {} : { 'content-type': 'application/json' }) };
    return new Promise((resolve, reject) => {
      const asked = request(url + path, { agent, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.once('error', reject);
      asked.end(body ?? undefined);
    });
  }
  return { ask, stop: () => agent.destroy() };
}

/** Fills the database of a server that is not running then: what is written behind its back while it runs is in no index of it. */
export async function fillDatabase(
  t: BenchContext,
  dataDir: string,
  fill: (sql: Sql) => Promise<void>,
): Promise<void> {
  const { stop } = await startServerProcess(t, { dataDir, tls: false });
  await withDatabase(dataDir, fill);
  await stop();
}

/** Starts it, with an empty database or what `fill` puts into it. */
export async function startCommandHouse(
  t: BenchContext,
  fill?: (sql: Sql) => Promise<void>,
): Promise<CommandHouse> {
  const dataDir = await makeBenchFolder(t, 'server');
  if (fill !== undefined) await fillDatabase(t, dataDir, fill);
  const server = await startServerProcess(t, { dataDir, tls: true });
  const { url, token } = server;
  const call = <Body>(path: string, wish: Call = {}) => send<Body>(url + path, { token, ...wish });
  const orders = await createOrders({ dataDir, call });
  const client = createClient(server);
  t.teardown(async () => client.stop());

  async function post(targets: FoundTargets, { envelope }: ReturnType<Orders['sign']>): Promise<void> {
    const body = JSON.stringify({ envelope, snapshot: targets.snapshot });
    const { status, text } = await client.ask('/api/v1/jobs', body);
    if (status !== 201) throw new Error(`the order was answered with ${status}: ${text}`);
  }

  /** A stream of events ends with its connection; the next order is to find one that is open. */
  async function warm(): Promise<void> {
    await client.ask('/api/v1/trust', null);
  }

  return {
    server,
    orders,
    async order(targets, signed) {
      await warm();
      const fromMs = performance.now();
      await post(targets, signed);
      return performance.now() - fromMs;
    },
    async run(targets, signed) {
      await warm();
      const fromMs = performance.now();
      await post(targets, signed);
      // The stream ends with the job.
      const { text } = await client.ask(`/api/v1/jobs/${signed.id}/events`, null);
      const ms = performance.now() - fromMs;
      const last = /^event: end\ndata: (.*)$/m.exec(text)?.[1];
      if (last === undefined) throw new Error(`the events of ${signed.id} have no end: ${text}`);
      return { ms, ended: JSON.parse(last) as Ended };
    },
  };
}

/** Works on the database of a server on its own connection. */
export async function withDatabase<T>(dataDir: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const address = new URL(await readFile(join(dataDir, 'database-address'), 'utf8'));
  const sql = postgres({
    host: decodeURIComponent(address.pathname),
    port: Number(address.searchParams.get('port')),
    user: address.searchParams.get('user') ?? '',
    database: address.searchParams.get('database') ?? '',
    max: 1,
    onnotice: () => undefined,
  });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The value below which that share of the values lies; of none NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
