// Questions to the index: what they wait for, and which devices are meant by them.
import type { Expression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import { type Bits, hasBit, intersect, makeBits, putBit, unite } from './bits.ts';
import type { Feeder } from './feeder.ts';
import type { Part, Parts } from './parts.ts';
import { orNone } from './watches.ts';

/** Which devices are meant. */
export interface Meant {
  /** Null: all. */
  readonly expression: Expression | null;
  readonly state?: string | undefined;
  /** Only members of this. */
  readonly group?: Grouped | undefined;
  /** Only those for which one of these holds too; absent or null: all. */
  readonly within?: readonly Expression[] | null;
}

/** Devices that are together by an expression, or because somebody picked them. */
export interface Grouped {
  /** Null: none by an expression. */
  readonly expression: Expression | null;
  /** By number; what is no device is left out. */
  readonly picked: readonly number[];
  /** Only these of them, any of which is enough; absent or null: all. */
  readonly seen?: readonly Expression[] | null;
}

/** Prepares questions and answers them. */
export interface Asking {
  /** Waits for what was noted, and for what these ask about packages. @throws MusterError E_INDEX, E_BUSY */
  settle(tenant: number, isCertain: boolean, asking?: Iterable<Expression>): Promise<void>;
  /** Keeps the answers about packages that these need; true when the database has to be asked. @throws MusterError E_BUSY */
  ask(tenant: number, asking: Iterable<Expression>): boolean;
  /** The same for each by itself: one for which there is no room is left out. */
  askEach(tenant: number, asking: Iterable<Expression>): boolean;
  /** The devices that are meant; shared, to be read at once. */
  find(tenant: number, meant: Meant, isCertain?: boolean): Promise<Part & { readonly bits: Bits }>;
}

/** Makes it. */
export function createAsking(parts: Parts, feeder: Pick<Feeder, 'note' | 'settled'>, clock: Clock): Asking {
  /** Also of an organization without devices, of which the build has heard nothing. */
  async function settle(
    tenant: number,
    isCertain: boolean,
    asking: Iterable<Expression> = [],
  ): Promise<void> {
    parts.of(tenant);
    await feeder.settled(isCertain);
    if (ask(tenant, asking)) await feeder.settled(isCertain);
  }

  function ask(tenant: number, asking: Iterable<Expression>): boolean {
    const { table, evaluator } = parts.of(tenant);
    let isMissing = false;
    for (const one of asking)
      isMissing =
        table.software.want(
          orNone(() => evaluator.software(one), []),
          clock.now(),
        ) || isMissing;
    if (isMissing) feeder.note('software', tenant, 0);
    return isMissing;
  }

  function askEach(tenant: number, asking: Iterable<Expression>): boolean {
    return [...asking].map((one) => orNone(() => ask(tenant, [one]), false)).includes(true);
  }

  async function find(tenant: number, meant: Meant, isCertain = false) {
    await settle(tenant, isCertain, listExpressions(meant));
    const part = parts.of(tenant);
    return { ...part, bits: judge(part, meant, clock.now()) };
  }

  return { settle, ask, askEach, find };
}

/** All that is judged for a question. */
export function listExpressions({ expression, group, within }: Meant): Expression[] {
  const all = [expression, group?.expression, ...(within ?? []), ...(group?.seen ?? [])];
  return all.filter((one) => one !== null && one !== undefined);
}

/** The same of one part, without waiting. */
export function judge(part: Part, { expression, state, group, within = null }: Meant, nowMs: number): Bits {
  const { table, evaluator } = part;
  const fitting = expression === null ? table.present : evaluator.evaluate(expression, nowMs);
  if (state === undefined && group === undefined && within === null) return fitting;
  const bits = fitting.slice();
  if (group !== undefined) intersect(bits, gather(part, group, nowMs));
  if (within !== null) intersect(bits, uniteLimits(part, within, nowMs));
  if (state === undefined) return bits;
  const inState = makeBits(table.capacity);
  table.state.fill(inState, (value) => value === state);
  intersect(bits, inState);
  return bits;
}

/** The members of a group; may be shared. */
function gather(part: Part, { expression, picked, seen = null }: Grouped, nowMs: number): Bits {
  const { table, evaluator } = part;
  const fitting = expression === null ? makeBits(table.capacity) : evaluator.evaluate(expression, nowMs);
  if (picked.length === 0 && seen === null) return fitting;
  const bits = fitting.slice();
  for (const idx of picked) if (hasBit(table.present, idx)) putBit(bits, idx, true);
  if (seen !== null) intersect(bits, uniteLimits(part, seen, nowMs));
  return bits;
}

/** Devices for which one of the limits holds, one that names a group for none; bits that nobody else has. */
export function uniteLimits({ table, evaluator }: Part, limits: readonly Expression[], nowMs: number): Bits {
  const bits = makeBits(table.capacity);
  // What somebody may do must not follow what others make of a group.
  for (const limit of limits.filter(({ groups }) => groups.size === 0))
    unite(bits, evaluator.evaluate(limit, nowMs));
  return bits;
}
