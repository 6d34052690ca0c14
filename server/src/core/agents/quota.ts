// How much one device may send in a day, counted in memory: eight bytes a device, no statement.
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Session } from './session.ts';

/** Who is counted. */
type Counted = Pick<Session, 'tenant' | 'idx' | 'deviceId'>;

/** Bytes by device and day (UTC). A restart of the server begins anew. */
export interface ByteQuota {
  /** True when the device may still send so much, which then counts. Once it may not, it may nothing until the next day. */
  take(device: Counted, bytes: number): boolean;
  /** What was taken was not used: the device will send it again. */
  giveBack(device: Counted, bytes: number): void;
  /** True when the device may send nothing more today. */
  isSpent(device: Counted): boolean;
}

/** What a quota needs. */
export interface QuotaOptions {
  /** What is counted, for the log. */
  readonly name: string;
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const DAY_MS = 86_400_000;
const FIRST_DEVICES = 256;

/** Makes a quota; nobody has sent anything. */
export function createByteQuota({ name, limitBytes, clock, log }: QuotaOptions): ByteQuota {
  let day = -1;
  /** By tenant; device numbers are dense. A device that is over its limit stands at infinity. */
  const used = new Map<number, Float64Array>();

  function countsOf({ tenant, idx }: Counted): Float64Array {
    const today = Math.floor(clock.now() / DAY_MS);
    if (today !== day) for (const counts of used.values()) counts.fill(0);
    day = today;
    const counts = used.get(tenant) ?? new Float64Array(FIRST_DEVICES);
    if (counts.length > idx) {
      used.set(tenant, counts);
      return counts;
    }
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(idx + 1)));
    larger.set(counts);
    used.set(tenant, larger);
    return larger;
  }

  return {
    take(device, bytes) {
      const counts = countsOf(device);
      const before = counts[device.idx] ?? 0;
      const isWithin = before + bytes <= limitBytes;
      counts[device.idx] = isWithin ? before + bytes : Number.POSITIVE_INFINITY;
      if (!isWithin && before !== Number.POSITIVE_INFINITY) {
        const { deviceId } = device;
        log.warn({ deviceId, limitBytes }, `a device sent its share of a day: ${name}`);
      }
      return isWithin;
    },
    giveBack(device, bytes) {
      const counts = countsOf(device);
      counts[device.idx] = Math.max(0, (counts[device.idx] ?? 0) - bytes);
    },
    isSpent: (device) => countsOf(device)[device.idx] === Number.POSITIVE_INFINITY,
  };
}
