// Faults that a share of the devices has: which there are, what they mean, and which device has which.
import { createRandom } from './random.ts';

/** Kinds of trouble, each with the share of devices that has it unless told otherwise. */
export const faultKinds = {
  slow: { share: 0.02, says: 'reads at most 64 KiB, then nothing for 5 s' },
  'half-open': {
    share: 0.01,
    says: 'vanishes without a word every few minutes and comes back on a new socket',
  },
  storm: { share: 1, says: 'all drop at once, every --storm-every seconds' },
  clones: { share: 0.002, says: 'a second machine shows up with the same key' },
  clocks: { share: 0.05, says: 'a clock that is wrong by up to 12 hours either way' },
  flaps: { share: 0.01, says: 'leaves and comes back every half minute' },
} as const;

export type FaultKind = keyof typeof faultKinds;

/** Share of devices for each kind, 0…1; absent: none. */
export type Faults = Readonly<Partial<Record<FaultKind, number>>>;

function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name);
}

/** Reads `slow,half-open=0.05`. @throws Error naming what is wrong */
export function parseFaults(text: string): Faults {
  const pairs = text.split(',').filter((part) => part !== '');
  return Object.fromEntries(
    pairs.map((part) => {
      const [name = '', share] = part.split('=');
      if (!isFaultKind(name))
        throw new Error(`there is no fault ${name}; there are ${Object.keys(faultKinds).join(', ')}`);
      const value = share === undefined ? faultKinds[name].share : Number(share);
      if (!(value >= 0 && value <= 1)) throw new Error(`the share of ${name} must be between 0 and 1`);
      return [name, value];
    }),
  );
}

/** Each fault its own number, so that a device's draw for one says nothing about another. */
const draws: readonly FaultKind[] = ['slow', 'half-open', 'storm', 'clones', 'clocks', 'flaps'];

/** Whether that device has the fault; the same in every run. */
export function hasFault(faults: Faults, kind: FaultKind, device: number): boolean {
  const share = faults[kind] ?? 0;
  return share > 0 && createRandom(device * 8 + draws.indexOf(kind) + 0x5eed)() < share;
}

/** How far a wrong clock is off, ms: between one and twelve hours, either way. */
export function wrongClockMs(device: number): number {
  const random = createRandom(device * 8 + 0xc10c);
  const hours = 1 + 11 * random();
  return Math.round(hours * 3_600_000) * (random() < 0.5 ? -1 : 1);
}
