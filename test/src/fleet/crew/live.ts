// Answers of simulated devices to somebody who looks: a stream of samples, and sections that are shown on request.
import {
  encodeLiveFrame,
  findSection,
  formatSeries,
  type LiveGet,
  type LiveStart,
  writeBody,
} from '@muster/protocol';
import { TIMER } from './tables.ts';
import type { World } from './world.ts';

/** Live answers of all devices of a process. */
export interface LiveAnswers {
  start(slot: number, message: LiveStart): void;
  stop(slot: number, id: number): void;
  get(slot: number, message: LiveGet): void;
  /** The live timer of a device. */
  due(slot: number): void;
  /** Nobody looks any more. */
  closed(slot: number): void;
}

/** One stream; a device has as many as are asked for, all at the pace of the newest. */
interface Stream {
  readonly id: number;
  readonly everyMs: number;
  readonly endsAt: number;
}

const wave = (nowMs: number, periodMs: number, phase: number) =>
  0.5 + 0.5 * Math.sin((nowMs / periodMs) * 2 * Math.PI + phase);

/** What a device shows of this moment; it goes up and down, each in its own time. */
function readValues(device: number, nowMs: number) {
  const busy = 0.05 + 0.4 * wave(nowMs, 90_000, device) + 0.1 * Math.random();
  const values = [
    ['system.cpu.busy', '', busy],
    ['system.cpu.load_average.1m', '', 4 * busy],
    ['system.memory.utilization', '', 0.3 + 0.3 * wave(nowMs, 900_000, device * 2)],
    ['system.network.io.receive', 'eth0', 1e6 * wave(nowMs, 45_000, device * 3)],
    ['system.network.io.transmit', 'eth0', 4e5 * wave(nowMs, 60_000, device * 5)],
    ['system.disk.io.read', 'vda', 2e6 * wave(nowMs, 75_000, device * 7)],
    ['system.disk.io.write', 'vda', 5e6 * wave(nowMs, 30_000, device * 11)],
  ] as const;
  return values.map(([metric, instance, value]) => ({ series: formatSeries({ metric, instance }), value }));
}

/** Makes them. */
export function createLiveAnswers(world: World): LiveAnswers {
  const streams = new Map<number, Stream[]>();

  function drop(slot: number, fits: (stream: Stream) => boolean): Stream[] {
    const left = (streams.get(slot) ?? []).filter((stream) => !fits(stream));
    if (left.length === 0) streams.delete(slot);
    else streams.set(slot, left);
    return left;
  }

  return {
    start(slot, { id, everyMs, untilMs }) {
      const left = drop(slot, (stream) => stream.id === id);
      streams.set(slot, [...left, { id, everyMs, endsAt: world.now() + untilMs }]);
      world.arm(slot, TIMER.live, everyMs);
    },
    stop: (slot, id) => void drop(slot, (stream) => stream.id === id),
    get(slot, { id, name }) {
      const section = findSection(name);
      if (section === undefined) return;
      const text = writeBody(section, { outcome: 'no-data', reason: 'A simulated device has none.' });
      const data = Buffer.from(text);
      world.send(slot, encodeLiveFrame({ id, encoding: 'raw', rawBytes: data.length, data }));
    },
    due(slot) {
      const left = drop(slot, ({ endsAt }) => endsAt <= world.now());
      const values = readValues(world.deviceOf(slot), world.now());
      const at = new Date(world.deviceNow(slot)).toISOString();
      for (const { id } of left) world.send(slot, { type: 'live.sample', id, at, values });
      const everyMs = Math.min(...left.map((stream) => stream.everyMs));
      if (left.length > 0) world.arm(slot, TIMER.live, everyMs);
    },
    closed: (slot) => void streams.delete(slot),
  };
}
