// A simulated device that does everything at once: heartbeats, measurements, alerts, inventories, and obeys commands.
import {
  type Envelope,
  encodeBase64url,
  encodeHeartbeat,
  encodeUtf8,
  type RunReport,
  type ServerMessage,
} from '@muster/protocol';
import { type DeviceWire, openDevice, type SimulatedDevice } from '../../fleet/device.ts';
import type { Inventories } from '../../fleet/inventories.ts';
import { makeBeat } from '../../fleet/measurements.ts';
import { sealResult } from '../../support/obedient-device.ts';
import { hourStartMs, makeAlert, makeChunkFrame } from '../../support/report.ts';
import { codeOf, pause } from '../../support/wait.ts';

/** Time between two heartbeats, ms; the server is told to expect them that often too. */
export const BEAT_MS = 1_000;
const RETRY_MS = 200;
/** What is not acknowledged is sent again after this, as the agent does, ms. */
const RESEND_MS = 60_000;
/** Hours of measurements that are sent by turns; a later form of an hour replaces the earlier. */
const HOURS = 200;
/** Output of a command. */
const OUTPUT = 'done\n';

/** A message that must be acknowledged. */
export interface Durable {
  readonly seq: number;
  readonly kind: 'firing' | 'cleared' | 'chunk' | 'report';
  /** Series of an alert, start of the hour of a chunk, command and state of a report. */
  readonly key: string;
}

/** The device. */
export interface BusyDevice {
  readonly id: string;
  readonly hostname: string;
  /** By number. */
  readonly sent: ReadonlyMap<number, Durable>;
  readonly acked: ReadonlySet<number>;
  /** How often each command was started. */
  readonly starts: ReadonlyMap<string, number>;
  /** Roots of inventories that were offered, in order, and those that the server called stored. */
  readonly offered: readonly string[];
  readonly stored: ReadonlySet<string>;
  /** Sessions opened so far, and the epoch of the last. */
  sessions(): number;
  epoch(): number;
  /** Codes with which it was refused, or its messages were. */
  readonly refusals: readonly string[];
  /** Sends an alert that fires, one that clears, and two hours of measurements; answers the numbers. */
  report(): readonly number[];
  /** A package changes and the inventory is offered; answers its root. */
  drift(): string;
  /** Numbers that were not acknowledged. */
  open(): readonly number[];
  stop(): Promise<void>;
}

/** Where it lives. */
export interface BusyDeviceOptions {
  readonly url: string;
  readonly device: SimulatedDevice;
  readonly hostname: string;
  readonly index: number;
  readonly inventories: Inventories;
  random(): number;
}

/** Connects the device and keeps it connected until it is stopped. */
export function runBusyDevice(options: BusyDeviceOptions): BusyDevice {
  return new Busy(options);
}

class Busy implements BusyDevice {
  readonly id: string;
  readonly hostname: string;
  readonly sent = new Map<number, Durable>();
  readonly acked = new Set<number>();
  readonly starts = new Map<string, number>();
  readonly offered: string[] = [];
  readonly stored = new Set<string>();
  readonly refusals: string[] = [];
  private readonly options: BusyDeviceOptions;
  private readonly reports = new Map<number, RunReport>();
  private readonly sentAtMs = new Map<number, number>();
  private readonly running: Promise<void>;
  private wire: DeviceWire | null = null;
  private count = 0;
  private nextSeq = 1;
  private rounds = 0;
  /** Changes of its packages so far, and when the last was. */
  private changes = 0;
  private since = new Date().toISOString();
  private readonly began = this.since;
  private stopped = false;

  constructor(options: BusyDeviceOptions) {
    this.options = options;
    this.id = options.device.id;
    this.hostname = options.hostname;
    this.running = this.live();
  }

  sessions(): number {
    return this.count;
  }

  epoch(): number {
    return this.options.device.epoch;
  }

  report(): readonly number[] {
    const round = this.rounds++;
    const alert = `fs.used{/${round}}`;
    const hourOf = (n: number) => new Date(hourStartMs(1 + ((round * 2 + n) % HOURS))).toISOString();
    return [
      this.put('firing', alert),
      this.put('cleared', alert),
      this.put('chunk', hourOf(0)),
      this.put('chunk', hourOf(1)),
    ];
  }

  drift(): string {
    this.changes += 1;
    this.since = new Date().toISOString();
    return this.offer();
  }

  open(): readonly number[] {
    return [...this.sent.keys()].filter((seq) => !this.acked.has(seq));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wire?.socket.terminate();
    await this.running;
  }

  private inventoried() {
    const { index: device, hostname } = this.options;
    return { device, hostname, changes: this.changes };
  }

  private offer(): string {
    const times = { since: this.began, packagesSince: this.since };
    const offer = this.options.inventories.offer(this.inventoried(), times);
    if (this.offered.at(-1) !== offer.root) this.offered.push(offer.root);
    this.wire?.send(offer);
    return offer.root;
  }

  /** In the outbox first. */
  private put(kind: Durable['kind'], key: string): number {
    const seq = this.nextSeq++;
    this.sent.set(seq, { seq, kind, key });
    this.transmit(seq);
    return seq;
  }

  private transmit(seq: number): void {
    const message = this.sent.get(seq);
    const { wire } = this;
    if (message === undefined || wire === null) return;
    const { kind, key } = message;
    this.sentAtMs.set(seq, performance.now());
    if (kind === 'chunk') wire.socket.send(makeChunkFrame(seq, Date.parse(key)));
    else if (kind !== 'report') wire.send({ ...makeAlert(seq, key), state: kind });
    else {
      const report = this.reports.get(seq);
      if (report !== undefined) wire.send(report);
    }
  }

  private async live(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.stay(await openDevice(this.options.url, this.options.device));
      } catch (error) {
        const code = await codeOf(Promise.reject(error));
        // No server at the moment: there is no code of ours.
        if (/^E_/.test(code)) this.refusals.push(code);
      }
      if (!this.stopped) await pause(RETRY_MS);
    }
  }

  private async stay(wire: DeviceWire): Promise<void> {
    this.wire = wire;
    this.count += 1;
    for (const seq of this.open()) this.transmit(seq);
    this.offer();
    const timer = setInterval(() => this.beat(wire), BEAT_MS);
    try {
      for (let answer = await wire.next(); answer !== null; answer = await wire.next())
        this.react(wire, answer);
    } finally {
      clearInterval(timer);
      this.wire = null;
    }
  }

  private beat(wire: DeviceWire): void {
    wire.socket.send(
      encodeHeartbeat(makeBeat(this.options.random, this.options.inventories.digest(this.inventoried()), 60)),
    );
    const beforeMs = performance.now() - RESEND_MS;
    for (const seq of this.open()) if ((this.sentAtMs.get(seq) ?? 0) < beforeMs) this.transmit(seq);
  }

  private react(wire: DeviceWire, message: ServerMessage): void {
    switch (message.type) {
      case 'ack':
        for (const seq of message.seqs) this.acked.add(seq);
        break;
      case 'nack':
      case 'refuse':
        this.refusals.push(message.code);
        break;
      case 'inventory.ask':
        this.offer();
        break;
      case 'inventory.want':
        this.sendBodies(wire, message.hashes);
        break;
      case 'inventory.stored':
        this.stored.add(message.root);
        break;
      case 'run.offer':
        this.obey(wire, message.cmdId);
        break;
      default:
        break;
    }
  }

  /** What it does not have any more is wanted no more: a newer offer is on its way. */
  private sendBodies(wire: DeviceWire, hashes: readonly string[]): void {
    const { frame, bodies } = this.options.inventories.bundleOf(this.inventoried(), hashes);
    if (bodies > 0) wire.socket.send(frame);
  }

  /** The journal answers: what has run does not run again. */
  private obey(wire: DeviceWire, cmdId: string): void {
    if (this.starts.has(cmdId)) return;
    this.starts.set(cmdId, 1);
    for (const [at, state] of (['accepted', 'running', 'succeeded'] as const).entries())
      this.tell(wire, { cmdId, state, n: at + 1 });
  }

  private tell(wire: DeviceWire, what: Pick<RunReport, 'cmdId' | 'state' | 'n'>): void {
    const isEnd = what.state === 'succeeded';
    const result: Envelope | null = isEnd
      ? sealResult(this.options.device, { org: wire.hello.org, cmdId: what.cmdId, output: OUTPUT })
      : null;
    const report: RunReport = {
      ...what,
      type: 'run.report',
      seq: this.nextSeq,
      at: new Date().toISOString(),
      code: null,
      message: '',
      result,
      output: isEnd ? encodeBase64url(encodeUtf8(OUTPUT)) : '',
    };
    this.reports.set(report.seq, report);
    this.put('report', `${what.cmdId} ${what.state}`);
  }
}
