// A simulated device with an outbox: what is not acknowledged is sent again in every new session, as the agent does.
import { openDevice, type SimulatedDevice, type Wire } from '../fleet/device.ts';
import { hourStartMs, makeAlert, makeChunkFrame } from './report.ts';
import { codeOf, pause } from './wait.ts';

const RETRY_MS = 50;
const SERIES_COUNT = 2;
/** The newest hour that a chunk is of; the same while the test lasts, so that no two are of one when an hour turns. */
const newestHourMs = hourStartMs(1);
const HOUR_MS = 3_600_000;

/** A message with its number; what it says follows from the number. */
export interface DurableMessage {
  readonly seq: number;
  readonly kind: 'firing' | 'cleared' | 'chunk';
  /** Series of an alert, start of the hour of a chunk. */
  readonly key: string;
}

/** The device. */
export interface DurableDevice {
  readonly sent: readonly DurableMessage[];
  readonly acked: ReadonlySet<number>;
  /** Codes with which it was refused or its messages were. */
  readonly refusals: readonly string[];
  /** Sessions opened so far. */
  sessions(): number;
  /** Puts so many messages into the outbox and sends them when there is a session. */
  put(count: number): void;
  connected(): boolean;
  /** Loses every answer for the rest of this session. */
  deafen(): void;
  /** True when everything was acknowledged. */
  settled(): boolean;
  stop(): Promise<void>;
}

/** Of four messages one fires an alert, one clears it, and two are hours of measurements, each of its own. */
function describe(seq: number): DurableMessage {
  const turn = seq % 4;
  if (turn > 1)
    return { seq, kind: 'chunk', key: new Date(newestHourMs - hourOf(seq) * HOUR_MS).toISOString() };
  const kind = turn === 0 ? 'firing' : 'cleared';
  return { seq, kind, key: `fs.used{/${Math.floor(seq / 4)}}` };
}

function hourOf(seq: number): number {
  return Math.floor(seq / 4) * SERIES_COUNT + (seq % 4) - SERIES_COUNT;
}

function transmit(wire: Wire, { seq, kind, key }: DurableMessage): void {
  if (kind === 'chunk') wire.socket.send(makeChunkFrame(seq, Date.parse(key)));
  else wire.send({ ...makeAlert(seq, key), state: kind });
}

/** Connects the device and keeps it connected until it is stopped. */
export function runDurableDevice(url: string, device: SimulatedDevice): DurableDevice {
  const waiting = new Map<number, DurableMessage>();
  const sent: DurableMessage[] = [];
  const acked = new Set<number>();
  const refusals: string[] = [];
  let nextSeq = 4;
  let sessions = 0;
  let wire: Wire | null = null;
  let deaf = false;
  let stopped = false;

  async function stay(opened: Wire): Promise<void> {
    sessions++;
    wire = opened;
    deaf = false;
    for (const message of waiting.values()) transmit(opened, message);
    for (;;) {
      const answer = await opened.next();
      if (answer === null) break;
      if (answer.type === 'refuse' || answer.type === 'nack') refusals.push(answer.code);
      if (answer.type !== 'ack' || deaf) continue;
      for (const seq of answer.seqs) {
        acked.add(seq);
        waiting.delete(seq);
      }
    }
    wire = null;
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      try {
        await stay(await openDevice(url, device));
      } catch (error) {
        const code = await codeOf(Promise.reject(error));
        // No server at the moment: there is no code of ours.
        if (/^E_/.test(code)) refusals.push(code);
      }
      if (!stopped) await pause(RETRY_MS);
    }
  }

  const running = loop();
  return {
    sent,
    acked,
    refusals,
    sessions: () => sessions,
    put(count) {
      for (let left = count; left > 0; left--) {
        const message = describe(nextSeq++);
        sent.push(message);
        waiting.set(message.seq, message);
        if (wire !== null) transmit(wire, message);
      }
    },
    connected: () => wire !== null,
    deafen() {
      deaf = true;
    },
    settled: () => waiting.size === 0,
    async stop() {
      stopped = true;
      wire?.socket.terminate();
      await running;
    },
  };
}
