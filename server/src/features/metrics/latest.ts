// Keeps the latest heartbeat values of every device for lists: some numbers a device in shared arrays, no object each.
import type { Heartbeat } from '@muster/protocol';

/** Values of a heartbeat that are kept. */
const FIELDS = ['cpuUsedRatio', 'memoryUsedRatio', 'swapUsedRatio', 'diskUsedRatio', 'loadPerCpu'] as const;

/** Latest values; null says "no data". */
export type LatestValues = Readonly<Record<(typeof FIELDS)[number], number | null>> & {
  /** When the heartbeat arrived, ms. */
  readonly atMs: number;
  readonly uptimeS: number;
  readonly outboxDepth: number;
  readonly dropped: number;
};

export interface Latest {
  note(tenant: number, idx: number, heard: { readonly beat: Heartbeat; readonly nowMs: number }): void;
  /** Null when no heartbeat has come since this process started. */
  get(tenant: number, idx: number): LatestValues | null;
  /** Numbers below which all devices of the tenant lie that have sent a heartbeat. */
  bound(tenant: number): number;
}

/** Ratios of one tenant, FIELDS.length a device, NaN for "no data"; and whole numbers, WHOLE of them a device. */
interface Slots {
  ratios: Float32Array;
  whole: Float64Array;
}

const WHOLE = 4;
const FIRST_DEVICES = 256;

export function createLatest(): Latest {
  const tenants = new Map<number, Slots>();

  function slotsFor(tenant: number, idx: number): Slots {
    const slots = tenants.get(tenant) ?? {
      ratios: new Float32Array(FIRST_DEVICES * FIELDS.length),
      whole: new Float64Array(FIRST_DEVICES * WHOLE),
    };
    tenants.set(tenant, slots);
    while (slots.whole.length <= idx * WHOLE) grow(slots);
    return slots;
  }

  return {
    note(tenant, idx, { beat, nowMs }) {
      const { ratios, whole } = slotsFor(tenant, idx);
      FIELDS.forEach((field, at) => {
        ratios[idx * FIELDS.length + at] = beat[field] ?? Number.NaN;
      });
      whole.set([nowMs, beat.uptimeS, beat.outboxDepth, beat.dropped], idx * WHOLE);
    },
    get(tenant, idx) {
      const slots = tenants.get(tenant);
      const [atMs = 0, uptimeS = 0, outboxDepth = 0, dropped = 0] =
        slots?.whole.subarray(idx * WHOLE, (idx + 1) * WHOLE) ?? [];
      if (slots === undefined || atMs === 0) return null;
      const read = (at: number) => {
        const value = slots.ratios[idx * FIELDS.length + at] ?? Number.NaN;
        // Sent in steps of 1/10,000; a float of 32 bits shows more digits than were measured.
        return Number.isNaN(value) ? null : Math.round(value * 10_000) / 10_000;
      };
      return {
        atMs,
        uptimeS,
        outboxDepth,
        dropped,
        cpuUsedRatio: read(0),
        memoryUsedRatio: read(1),
        swapUsedRatio: read(2),
        diskUsedRatio: read(3),
        loadPerCpu: read(4),
      };
    },
    bound: (tenant) => (tenants.get(tenant)?.whole.length ?? 0) / WHOLE,
  };
}

function grow(slots: Slots): void {
  const ratios = new Float32Array(slots.ratios.length * 2);
  ratios.set(slots.ratios);
  slots.ratios = ratios;
  const whole = new Float64Array(slots.whole.length * 2);
  whole.set(slots.whole);
  slots.whole = whole;
}
