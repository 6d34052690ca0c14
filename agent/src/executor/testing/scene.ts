// An engine on a simulated disk for tests: units that die at once, checks that wait where a test wants it, and a power that can be cut.
import { hostname } from 'node:os';
import { trustHash } from '@muster/protocol';
import type { Command, DenyRule } from '@muster/protocol/commands';
import type { Test } from 'tap';
import type { Failpoint } from '../failpoints.ts';
import { openLedger } from '../ledger.ts';
import type { RunEntry } from '../records.ts';
import { ann, commandOf, freshnessOf, offerOf, sealTrust } from './documents.ts';
import {
  createSimulatedDisk,
  type EngineDeps,
  type FromExecutor,
  nodeCrypto,
  noFailpoint,
  openEngine,
  type SimulatedDisk,
  takeClaim,
} from './simulation.ts';

export const HOUR_MS = 3_600_000;
export const PRINT = 'abcd-abcd-abcd-abcd-abcd-abcd-abcd-abcd';
export const signal = {
  kind: 'process.signal',
  args: { pid: 4_711, startTicks: 1, signal: 'TERM' },
} as const;
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
type EngineOf = Awaited<ReturnType<typeof openEngine>>;
type Report = Extract<FromExecutor, { type: 'report' }>;

/** What an earlier executor left in its journal. */
async function writeBefore(disk: EngineDeps['disk'], runs: readonly RunEntry[]): Promise<void> {
  const nothing = { pause: turn, full: () => undefined, fatal: () => undefined };
  const clocks = { now: Date.now, monotonic: Date.now };
  const { ledger } = await openLedger({ disk, failpoint: noFailpoint, ...nothing, ...clocks });
  if (runs.length > 0) await ledger.write(...runs.map((run) => ({ t: 'run', run }) as const));
  await ledger.close();
}

/** An engine whose units die at once, and whose checks wait where a test wants it. */
export async function openScene(t: Test, before: readonly RunEntry[] = []) {
  const said: FromExecutor[] = [];
  const started: string[] = [];
  const deny: DenyRule[] = [];
  const left: number[] = [];
  const clock = { nowMs: Date.now() };
  const gate: { wait: Promise<void> | null } = { wait: null };
  /** The power is cut at that failpoint from now; what runs then belongs to a life that is over. */
  const power = { cutIn: Number.POSITIVE_INFINITY, life: 0 };
  let simulated = createSimulatedDisk({ random: () => 0.5 });
  const genesis = sealTrust(1);
  const hash = trustHash(Buffer.from(genesis.payload, 'base64url'), nodeCrypto);
  const org = `org_${'a'.repeat(26)}`;
  const program = { path: '/bin/true', args: [], timeoutMs: 1_000 };
  function failpointOf(life: number): Failpoint {
    return () => {
      if (life === power.life && --power.cutIn === 0) {
        simulated = simulated.cutPower();
        power.life += 1;
      }
      if (life !== power.life) throw new Error('the power is cut');
    };
  }
  const depsOf = (life: number, { disk }: SimulatedDisk): EngineDeps => ({
    ...{ disk, failpoint: failpointOf(life), crypto: nodeCrypto, folder: '/simulated', ownFolders: [] },
    pinned: {
      org,
      deviceId: `dev_${'m'.repeat(26)}`,
      fingerprint: PRINT,
      trustHash: hash,
      genesis,
    },
    bootId: 'boot',
    now: () => clock.nowMs,
    monotonic: () => clock.nowMs,
    pause: turn,
    hostname,
    readDenyList: async () => deny,
    openFacts: async () => ({ holds: () => true, facts: { values: {}, nowMs: clock.nowMs } }),
    findKind: (name) => ({
      name: name as 'process.signal',
      check: async () => {
        await gate.wait;
        return { state: 'act', summary: 'Acts.', effect: { where: 'unit', program, okExits: [0] } };
      },
      verify: async () => null,
    }),
    runInside: async () => ({ exit: 0, signal: null, timedOut: false, output: '' }),
    cycleUnit: { start: async () => undefined, isAlive: async () => false },
    units: {
      async start(folder) {
        if (life !== power.life) throw new Error('the power is cut');
        started.push(folder);
        await takeClaim({ disk, failpoint: noFailpoint }, folder, { pid: 1, startTicks: 1, bootId: 'boot' });
        return { ended: Promise.resolve() };
      },
      stop: async () => undefined,
      isAlive: async () => false,
      findLeftovers: async () => left,
      kill: () => undefined,
    },
    send: (message) => life === power.life && said.push(message) > 0,
    note: () => undefined,
    left: () => undefined,
    fatal: (error) => life === power.life && t.fail(`${error}`),
    log: { warn: () => undefined, error: () => undefined },
  });
  await writeBefore(simulated.disk, before);
  let engine = await openEngine(depsOf(power.life, simulated));
  t.teardown(() => engine.close());
  /** The executor of the life that is under way now: after a cut there is another. */
  async function restart(): Promise<void> {
    power.cutIn = Number.POSITIVE_INFINITY;
    engine = await openEngine(depsOf(power.life, simulated));
    engine.connected();
  }
  const take: EngineOf['take'] = (message) => engine.take(message);
  const states = (cmdId: string) =>
    said.flatMap((one) => (one.type === 'report' && one.cmdId === cmdId ? [one.state] : []));
  async function until(cmdId: string, state: string): Promise<Report> {
    for (let tries = 0; tries < 5_000; tries++) {
      const found = said.find(
        (one): one is Report => one.type === 'report' && one.cmdId === cmdId && one.state === state,
      );
      if (found !== undefined) return found;
      await turn();
    }
    throw new Error(`${cmdId} did not become ${state}: ${states(cmdId).join(', ')}`);
  }
  const give = async (change: Partial<Command>, ...signers: (typeof ann)[]): Promise<string> => {
    const command = commandOf(PRINT, change);
    await take(offerOf(command, signers.length === 0 ? [ann] : signers));
    return command.cmdId;
  };
  const pass = async (ms: number) => {
    clock.nowMs += ms;
  };
  const fresh = (more: Parameters<typeof freshnessOf>[0] = {}) =>
    pass(1).then(() => take(freshnessOf({ at: clock.nowMs, ...more })));
  const decide = async (command: string, action: 'again' | 'give-up') =>
    give({ kind: 'run.resolve', args: { command, action } });
  await fresh();
  const view = { take, isBusy: () => engine.isBusy() };
  const rest = { clock, pass, gate, deny, said, started, states, until, give, fresh, decide, left };
  return { engine: view, power, restart, ...rest };
}

/** A run that was interrupted and waits for a person. */
export async function interrupted(
  scene: Awaited<ReturnType<typeof openScene>>,
  change: Partial<Command> = {},
) {
  const cmdId = await scene.give({ ...signal, ...change });
  await scene.until(cmdId, 'waiting-person');
  return cmdId;
}
