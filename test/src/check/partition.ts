// Check `partition`: connections that are half-open, one-way, reset, slow and opened again while commands flow; all ends after healing.
import { connect, createServer, type Socket } from 'node:net';
import { pause, until } from '../support/wait.ts';
import { type Check, type CheckContext, createTally, type Verdict } from './check.ts';
import { buildHouse, type House, type HouseDevice } from './lab/house.ts';
import { createTraffic } from './lab/traffic.ts';

/** What is wrong with a network. */
const troubles = ['half-open', 'deaf-server', 'deaf-agent', 'reset', 'slow', 'reconnect'] as const;
type Trouble = (typeof troubles)[number];

const ROUNDS = { quick: 1, full: 2, long: 12 } as const;
const SCRIPTS = 24;
/** How long each trouble lasts, and the quiet after it, ms: first part and what chance adds. */
const TROUBLE_MS = [2_500, 2_500] as const;
const QUIET_MS = [1_500, 1_500] as const;
/** What passes a slow network, and how often, ms and bytes. */
const SLOW_EVERY_MS = 40;
const SLOW_BYTES = 700;
/** Time between two cuts of a connection that is opened again and again, ms. */
const CUT_EVERY_MS = 700;
const PATIENCE_MS = 150_000;

/** A network between one agent and the server. */
interface Network {
  readonly port: number;
  trouble(what: Trouble): void;
  /** Everything passes again; a connection of which bytes were lost is reset, as by a router that has forgotten it. */
  heal(): void;
  lostBytes(): number;
  connections(): number;
}

/** One connection through the network. */
interface Passage {
  readonly agent: Socket;
  readonly server: Socket;
  /** Bytes of it were lost: TLS can go on no more. */
  isBroken: boolean;
}

class RoughNetwork implements Network {
  port = 0;
  private readonly passages = new Set<Passage>();
  private what: Trouble | 'none' = 'none';
  private lost = 0;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;

  accept(agent: Socket, serverPort: number): void {
    this.count += 1;
    const passage: Passage = { agent, server: connect(serverPort, '127.0.0.1'), isBroken: false };
    this.passages.add(passage);
    const { server } = passage;
    for (const [from, to, isDeaf] of [
      [agent, server, () => this.what === 'deaf-server'],
      [server, agent, () => this.what === 'deaf-agent'],
    ] as const) {
      from.on('data', (bytes: Buffer) => void this.pass(passage, { from, to, bytes, isDeaf: isDeaf() }));
      // What ends a connection here is what this is for; it is seen at 'close'.
      from.on('error', () => from.destroy());
      from.on('close', () => this.closed(passage, to));
    }
  }

  trouble(what: Trouble): void {
    this.what = what;
    if (what === 'reset') this.resetAll();
    if (what === 'half-open') for (const { server } of this.passages) server.destroy();
    if (what === 'reconnect') this.timer = setInterval(() => this.cutAll(), CUT_EVERY_MS);
  }

  heal(): void {
    clearInterval(this.timer);
    this.what = 'none';
    for (const passage of this.passages) if (passage.isBroken || passage.server.destroyed) reset(passage);
  }

  lostBytes(): number {
    return this.lost;
  }

  connections(): number {
    return this.count;
  }

  cutAll(): void {
    for (const { agent, server } of this.passages) for (const one of [agent, server]) one.destroy();
  }

  private resetAll(): void {
    for (const passage of this.passages) reset(passage);
  }

  private async pass(
    passage: Passage,
    { from, to, bytes, isDeaf }: { from: Socket; to: Socket; bytes: Buffer; isDeaf: boolean },
  ): Promise<void> {
    if (this.what === 'reset') return reset(passage);
    if (isDeaf || this.what === 'half-open') {
      this.lost += bytes.length;
      passage.isBroken = true;
      return;
    }
    if (this.what !== 'slow') return void (to.writable && to.write(bytes));
    from.pause();
    for (let at = 0; at < bytes.length && to.writable; at += SLOW_BYTES) {
      to.write(bytes.subarray(at, at + SLOW_BYTES));
      await pause(this.what === 'slow' ? SLOW_EVERY_MS : 0);
    }
    from.resume();
  }

  private closed(passage: Passage, other: Socket): void {
    // The agent does not hear that the server has gone: that is what half-open means.
    if (this.what === 'half-open' && other === passage.agent) return;
    other.destroy();
    this.passages.delete(passage);
  }
}

function reset({ agent, server }: Passage): void {
  for (const one of [agent, server]) if (!one.destroyed) one.resetAndDestroy();
}

async function startNetwork({ teardown }: CheckContext, serverPort: number): Promise<Network> {
  const network = new RoughNetwork();
  const listener = createServer((agent) => network.accept(agent, serverPort));
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  network.port = typeof address === 'object' && address !== null ? address.port : 0;
  teardown(async () => {
    network.heal();
    network.cutAll();
    await new Promise((resolve) => listener.close(resolve));
  });
  return network;
}

interface Branch {
  readonly device: HouseDevice;
  readonly network: Network;
}

async function addBranch(context: CheckContext, house: House, hostname: string): Promise<Branch> {
  const network = await startNetwork(context, Number(new URL(house.server.url).port));
  const device = await house.addDevice({ hostname, url: `https://127.0.0.1:${network.port}` });
  device.start();
  return { device, network };
}

async function run(context: CheckContext): Promise<Verdict> {
  const { size, random, say } = context;
  const house = await buildHouse(context);
  const branches: Branch[] = [];
  for (const what of troubles) branches.push(await addBranch(context, house, `behind-${what}`));
  const devices = branches.map(({ device }) => device);
  // Who is not connected yet has nothing to lose.
  await until(
    'all are connected',
    async () => (await house.server.figure('muster_sessions')) === devices.length,
  );
  const traffic = createTraffic({ house, devices, random, scripts: SCRIPTS, openJobs: devices.length });
  const seen = createTally();
  const during = ([least, more]: readonly [number, number]) => pause(least + random() * more);
  let done = 0;

  /** Each network has another trouble at any time, so that all are tried at once and in another order. */
  async function suffer({ network }: Branch, index: number): Promise<void> {
    for (let round = 0; round < ROUNDS[size]; round++) {
      await during(QUIET_MS);
      const what = troubles[(index + round * 2) % troubles.length] ?? 'reset';
      network.trouble(what);
      seen.add(what);
      await during(TROUBLE_MS);
      network.heal();
      done += 1;
      say(`${what} is over`);
    }
  }

  const flowing = traffic.flow(() => done / (troubles.length * ROUNDS[size]));
  await Promise.all(branches.map(suffer));
  const healedMs = performance.now();
  await flowing;
  await traffic.settle(PATIENCE_MS);
  const endedMs = performance.now() - healedMs;
  const { evidence, faults } = await traffic.judge();
  const lost = branches.reduce((sum, { network }) => sum + network.lostBytes(), 0);
  const connections = branches.reduce((sum, { network }) => sum + network.connections(), 0);
  if (lost === 0) faults.push('no byte was lost: the network was not rough');
  return {
    evidence: [
      `${devices.length} devices behind networks of their own: ${seen}; ${lost.toLocaleString('en-US')} bytes lost, ${connections} connections; ended ${(endedMs / 1000).toFixed(1)} s after the last trouble`,
      ...evidence,
    ],
    faults,
  };
}

export const partition: Check = {
  id: 'partition',
  claims:
    'A network that loses, cuts, delays or repeats what is sent loses no result and lets nothing run twice, and all ends after it is well.',
  group: 'server',
  run,
};
