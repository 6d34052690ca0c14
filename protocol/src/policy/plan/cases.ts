// Divides devices into distinct cases: those that give the same answer to every condition.

/** Devices of one case. */
export interface DeviceCase {
  /** The first of them, which stands for all. */
  readonly first: number;
  /** How many. */
  readonly count: number;
}

/** How devices are divided. */
export interface Divided {
  readonly cases: readonly DeviceCase[];
  /** By device: the index of its case; -1 for what is no device. */
  readonly caseOf: Int32Array;
}

/** True for a set bit; bit `at & 7` of byte `at >> 3`. */
export function readBit(bytes: Uint8Array, at: number): boolean {
  return (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
}

/**
 * Refines one division by one condition after the other. Each step costs one walk over the devices, however many cases there are,
 * and nothing is hashed. `rest` is awaited between steps, so that a server can answer others; absent: nobody waits.
 */
export async function divideDevices(
  present: Uint8Array,
  answers: readonly Uint8Array[],
  rest: () => Promise<void> = async () => undefined,
): Promise<Divided> {
  const caseOf = new Int32Array(present.length * 8).fill(-1);
  for (let at = 0; at < caseOf.length; at++) if (readBit(present, at)) caseOf[at] = 0;
  let count = 1; // to begin with all devices are alike
  for (const answer of answers) {
    count = refine(caseOf, answer, count);
    await rest(); // between two walks
  }
  return { cases: listCases(caseOf, count), caseOf };
}

/** Splits every case into those of its devices that say no and those that say yes; numbers come in the order of devices. */
function refine(caseOf: Int32Array, answer: Uint8Array, count: number): number {
  const numbers = new Int32Array(count * 2).fill(-1); // new number by old one and answer
  let next = 0;
  for (let at = 0; at < caseOf.length; at++) {
    const now = caseOf[at] ?? -1;
    if (now === -1) continue; // no device
    const key = now * 2 + (readBit(answer, at) ? 1 : 0);
    if (numbers[key] === -1) numbers[key] = next++;
    caseOf[at] = numbers[key] ?? -1;
  }
  return Math.max(next, 1); // a fleet of none still has room for a first
}

/** First device and size of each case; those without a device are left out, which is only the one of an empty fleet. */
function listCases(caseOf: Int32Array, count: number): DeviceCase[] {
  const first = new Int32Array(count).fill(-1); // -1: none met yet
  const sizes = new Int32Array(count);
  for (let at = 0; at < caseOf.length; at++) {
    const found = caseOf[at] ?? -1;
    if (found === -1) continue;
    if (first[found] === -1) first[found] = at;
    sizes[found] = (sizes[found] ?? 0) + 1;
  }
  return Array.from(first, (at, index) => ({ first: at, count: sizes[index] ?? 0 })).filter(
    ({ count: size }) => size > 0,
  );
}
