// Checks the freezes of a policy: their form, and whether each is a time that comes and ends.
import { formatSecond } from '../exceptions/exception.ts';
import { MAX_FREEZE_DAYS, MAX_FREEZES } from '../windows/limits.ts';
import type { PolicyFreeze } from '../windows/window.ts';
import type { FreezeShape } from './freeze-schema.ts';
import { isKeys, type Keys, readKey } from './keys.ts';
import { describeNoDay, readBeginning, readEnd } from './moments.ts';
import type { PolicyFault } from './policy.ts';
import { findShapeFaults, type Path } from './shape.ts';
import { findHidden } from './texts.ts';

/** Freezes that were checked. */
export interface CheckedFreezes {
  /** In the order of the file. */
  readonly faults: readonly PolicyFault[];
  /** Those that are right. */
  readonly freezes: readonly PolicyFreeze[];
}

/** All freezes of a policy; nothing of a list that is too long, which is told by the shape. */
export function checkFreezes(policy: Keys): CheckedFreezes {
  const value = readKey(policy, 'freezes');
  // Anything may stand there
  const list: readonly unknown[] = Array.isArray(value) && value.length <= MAX_FREEZES ? value : [];
  const checked = list.map((one, at) => checkFreeze(one, ['freezes', at]));
  return {
    faults: checked.flatMap(({ faults }) => faults),
    freezes: checked.flatMap(({ freezes }) => freezes),
  };
}

/** One freeze: the form first, then its two moments. */
function checkFreeze(value: unknown, path: Path): CheckedFreezes {
  const shape = findShapeFaults('freeze', value, path);
  if (shape.length > 0 || !isKeys(value)) return { faults: shape, freezes: [] }; // the questions below trust the form
  // Its shape has been checked
  const { from, to, reason, all = false } = value as unknown as FreezeShape;
  const [fromMs, toMs] = [readBeginning(from), readEnd(to)];
  const faults = [
    ...findHidden(value, path, []), // the reason
    ...(fromMs === null ? [{ path: [...path, 'from'], message: describeNoDay(from) }] : []),
    ...(toMs === null ? [{ path: [...path, 'to'], message: describeNoDay(to) }] : []),
    ...(fromMs === null || toMs === null ? [] : findLengthFaults(toMs - fromMs, path)),
  ];
  if (faults.length > 0 || fromMs === null || toMs === null) return { faults, freezes: [] };
  return { faults, freezes: [{ from: formatSecond(fromMs), to: formatSecond(toMs), reason, all }] };
}

/** One that never holds, or that nearly always does. */
function findLengthFaults(lengthMs: number, path: Path): PolicyFault[] {
  if (lengthMs <= 0)
    return [{ path: [...path, 'to'], message: 'Write an end that lies behind the beginning.' }];
  if (lengthMs <= MAX_FREEZE_DAYS * 86_400_000) return [];
  const message = `A freeze lasts at most ${MAX_FREEZE_DAYS} days; what is to be longer needs "mode: audit".`;
  return [{ path: [...path, 'to'], message }];
}
