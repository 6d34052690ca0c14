// The devices of one process, put together: columns, timers, lines, conversation, faults; and what a fleet orders them to do.

import type { AgentMessage } from '@muster/protocol';
import { hasFault } from '../faults.ts';
import { createInventories } from '../inventories.ts';
import type { CounterName, FleetStats, LatencyName } from '../stats.ts';
import { createWheel, WHEEL_TICK_MS, type Wheel } from '../wheel.ts';
import { OPCODE } from '../wire/frames.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { flood } from './flood.ts';
import { createJudge } from './judge.ts';
import { type KeptCrew, keepDevices, loadDevices } from './keeping.ts';
import { createLines, type Lines, watchSilence } from './lines.ts';
import { createLiveAnswers, type LiveAnswers } from './live.ts';
import { createOutboxes, type Outboxes } from './outbox.ts';
import { createCrewPolicies } from './policies.ts';
import { createReporting, type Reporting } from './reporting.ts';
import { createRuns, type Runs } from './runs.ts';
import { createTables, STATE, type Tables, TIMER, TIMERS_A_DEVICE } from './tables.ts';
import { createTally } from './tally.ts';
import { createTroubles, type Troubles } from './troubles.ts';
import { createSharedTrust, type SharedTrust } from './trust.ts';
import type { CrewOptions, World } from './world.ts';

/** The devices of a process. */
export interface Crew {
  stats(): FleetStats;
  /** What the next run needs to go on with these devices. */
  keep(): KeptCrew;
  /** All leave and stay away, and come back one after the other at the rate of the options. */
  pause(): void;
  resume(): void;
  /** That share of the devices drops without a word and comes back as after any failure. */
  storm(share: number): void;
  /** Commands that are offered from now on are only noted until so long after the first offer of each, ms; 0: begun at once. */
  hold(forMs: number): void;
  /** Sends heartbeats as fast as the sockets take them, for so long; answers how many. */
  flood(forMs: number): Promise<{ readonly sent: number; readonly ms: number }>;
  stop(): Promise<void>;
}

/** Longest wait for the ends of all sockets, ms. */
const STOP_MS = 5_000;

/** Starts the devices: those that are known connect, the others enroll, in order, at the rate of the options. */
export function startCrew(options: CrewOptions, kept: KeptCrew = { devices: {}, trust: [] }): Crew {
  return new DeviceCrew(options, kept);
}

class DeviceCrew implements Crew, World {
  readonly options: CrewOptions;
  readonly tables: Tables;
  private readonly tally = createTally();
  private readonly wheel: Wheel;
  private readonly lines: Lines;
  private readonly conversation: Conversation;
  private readonly outboxes: Outboxes;
  private readonly reporting: Reporting;
  private readonly runs: Runs;
  private readonly live: LiveAnswers;
  private readonly trust: SharedTrust;
  private readonly troubles: Troubles;
  private readonly ticker: NodeJS.Timeout;
  /** The next device that begins, and how many may begin now. */
  private cursor = 0;
  private begun = 0;
  private beginsFrom = performance.now();

  constructor(options: CrewOptions, kept: KeptCrew) {
    this.options = options;
    // Second holders of keys have places of their own behind the devices.
    const twins = listTwins(options);
    this.tables = createTables(options.devices + twins.length);
    this.wheel = createWheel(this.tables.slots * TIMERS_A_DEVICE, performance.now());
    this.trust = createSharedTrust(kept.trust);
    this.outboxes = createOutboxes(this, (cmdId) => this.runs.acked(cmdId));
    this.reporting = createReporting(this, { inventories: createInventories(), outboxes: this.outboxes });
    this.runs = createRuns(this, {
      judge: createJudge(this, this.trust),
      outboxes: this.outboxes,
      org: () => this.trust.state()?.document.org ?? '',
    });
    this.live = createLiveAnswers(this);
    this.conversation = createConversation(this, {
      trust: this.trust,
      outboxes: this.outboxes,
      reporting: this.reporting,
      runs: this.runs,
      live: this.live,
      policies: createCrewPolicies(this, { outboxes: this.outboxes, trust: this.trust }),
      opened: (slot, beatMs) => this.opened(slot, beatMs),
      enrolled: (slot) => this.lines.renew(slot),
      leave: (slot, afterMs) => this.lines.leave(slot, afterMs),
    });
    this.lines = createLines(this, {
      text: (slot, bytes) => this.conversation.text(slot, bytes),
      closed: (slot) => this.conversation.closed(slot),
      mayRead: (slot) => this.troubles.mayRead(slot),
    });
    this.troubles = createTroubles(this, this.lines, twins);
    loadDevices(this.tables, options, kept);
    this.ticker = setInterval(() => this.tick(), WHEEL_TICK_MS);
  }

  // The world that the parts see.

  now(): number {
    return performance.now();
  }

  deviceNow(slot: number): number {
    return Date.now() + (this.tables.clockMs[slot] ?? 0);
  }

  deviceOf(slot: number): number {
    return this.options.first + this.troubles.originalOf(slot);
  }

  readonly random = Math.random;

  arm(slot: number, timer: number, delayMs: number): void {
    this.wheel.set(slot * TIMERS_A_DEVICE + timer, delayMs);
  }

  disarm(slot: number, timer: number): void {
    this.wheel.clear(slot * TIMERS_A_DEVICE + timer);
  }

  count(name: CounterName, by = 1): void {
    this.tally.count(name, by);
  }

  measure(name: LatencyName, ms: number): void {
    this.tally.measure(name, ms);
  }

  note(reason: string): void {
    this.tally.note(reason);
  }

  send(slot: number, message: AgentMessage | Uint8Array): boolean {
    const isBinary = message instanceof Uint8Array;
    const isOpening = !isBinary && (message.type === 'auth' || message.type === 'enroll');
    // Timers do not know whether a session is open.
    if (!isOpening && this.tables.state[slot] !== STATE.open) return false;
    if (isBinary) return this.lines.send(slot, OPCODE.binary, message);
    return this.lines.send(slot, OPCODE.text, JSON.stringify(message));
  }

  // What happens.

  private tick(): void {
    const now = performance.now();
    this.begin(now);
    this.wheel.turn(now, (timer) => this.due(Math.floor(timer / TIMERS_A_DEVICE), timer % TIMERS_A_DEVICE));
  }

  /** First connections, at the rate of the options; a process that was held up does not catch up in a burst. */
  private begin(now: number): void {
    const { devices, rate, maxOpening } = this.options;
    if (this.cursor >= devices) return;
    this.beginsFrom = Math.max(this.beginsFrom, now - 250 - (this.begun / rate) * 1_000);
    let opening = this.countOpening();
    while (this.cursor < devices && (this.begun / rate) * 1_000 <= now - this.beginsFrom) {
      // A server that falls behind would answer too late for all of them, again and again.
      if (++opening > maxOpening) return;
      this.begun++;
      const slot = this.cursor++;
      if (this.tables.state[slot] === STATE.off) this.lines.dial(slot);
    }
  }

  private countOpening(): number {
    const { state } = this.tables;
    return state.reduce((sum, at) => sum + (at >= STATE.connecting && at <= STATE.authenticating ? 1 : 0), 0);
  }

  private due(slot: number, timer: number): void {
    switch (timer) {
      case TIMER.step:
        this.lines.step(slot);
        break;
      case TIMER.beat:
        this.reporting.beat(slot);
        break;
      case TIMER.chunk:
        this.reporting.chunk(slot);
        break;
      case TIMER.change:
        this.reporting.change(slot);
        break;
      case TIMER.leave:
        if (this.tables.state[slot] === STATE.open) this.lines.leave(slot, undefined);
        break;
      case TIMER.silence:
        this.lines.silence(slot);
        break;
      case TIMER.fault:
        this.troubles.due(slot);
        break;
      case TIMER.resend:
        if (this.tables.state[slot] === STATE.open) this.outboxes.resend(slot);
        break;
      case TIMER.run:
        this.runs.due(slot);
        break;
      case TIMER.alert:
        this.reporting.alert(slot);
        break;
      default:
        this.live.due(slot);
    }
  }

  private opened(slot: number, beatMs: number): void {
    const { tables } = this;
    const now = performance.now();
    this.count('sessions');
    tables.state[slot] = STATE.open;
    tables.openedAt[slot] = now;
    const lostAt = tables.lostAt[slot] ?? 0;
    if (lostAt > 0) this.measure('outage', now - lostAt);
    tables.lostAt[slot] = 0;
    this.disarm(slot, TIMER.step);
    watchSilence(this, slot);
    this.reporting.opened(slot, beatMs);
    this.outboxes.opened(slot);
    this.troubles.opened(slot);
  }

  // What a fleet orders.

  pause(): void {
    this.cursor = this.options.devices;
    for (let slot = 0; slot < this.tables.slots; slot++)
      if (this.tables.state[slot] !== STATE.off) this.lines.leave(slot, 'off');
  }

  resume(): void {
    const { state, comeBackMs } = this.tables;
    // Who has not gone yet, because the server has not closed, would stay away once he has.
    for (let slot = 0; slot < this.tables.slots; slot++)
      if (state[slot] !== STATE.off && comeBackMs[slot] === Number.POSITIVE_INFINITY)
        comeBackMs[slot] = Number.NaN;
    this.cursor = 0;
    this.begun = 0;
    this.beginsFrom = performance.now();
  }

  storm(share: number): void {
    this.troubles.storm(share);
  }

  hold(forMs: number): void {
    this.runs.hold(forMs);
  }

  async flood(forMs: number): Promise<{ readonly sent: number; readonly ms: number }> {
    return flood(this.tables.sockets, forMs);
  }

  stats(): FleetStats {
    const { devices } = this.options;
    // Second holders of keys are no devices.
    const [state, ids] = [this.tables.state.subarray(0, devices), this.tables.ids.slice(0, devices)];
    const count = (wanted: number) => state.reduce((sum, at) => sum + (at === wanted ? 1 : 0), 0);
    return {
      devices,
      known: ids.reduce((sum, id) => sum + (id === '' ? 0 : 1), 0),
      online: count(STATE.open),
      connecting: this.countOpening(),
      waiting: count(STATE.waiting),
      unacked: this.outboxes.waiting(),
      ...this.tally.read(),
      commands: this.runs.tallies(),
    };
  }

  keep(): KeptCrew {
    return { devices: keepDevices(this.tables, this.options), trust: this.trust.chain() };
  }

  async stop(): Promise<void> {
    this.pause();
    const until = performance.now() + STOP_MS;
    const isAnyOpen = () => this.tables.sockets.some((socket) => socket !== null);
    while (isAnyOpen() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    clearInterval(this.ticker);
    this.tally.stop();
    this.troubles.stop();
    this.runs.stop();
    for (const socket of this.tables.sockets) socket?.destroy();
  }
}

/** Devices of this process whose key has a second holder. */
function listTwins({ devices, first, faults }: CrewOptions): number[] {
  return Array.from({ length: devices }, (_, slot) => slot).filter((slot) =>
    hasFault(faults, 'clones', first + slot),
  );
}
