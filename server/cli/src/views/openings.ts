// When repairs may start, as it is shown: openings in a table, and one policy's in a few words.
import type { Policy } from '@muster/protocol/policy';
import { findFreeze, type ListedFreeze, nextIntervals } from '@muster/protocol/windows';
import type { Canvas } from '../output/canvas.ts';
import { formatMoment } from '../output/moments.ts';
import { drawTable } from '../output/table.ts';

/** One opening of a policy's windows. */
interface Opening {
  readonly policy: string;
  /** RFC 3339. */
  readonly opens: string;
  readonly closes: string;
  readonly missed: Policy['missed'];
}

/** Draws openings. */
export function drawOpenings(openings: readonly Opening[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'policy', whole: true },
      { title: 'opens', whole: true },
      { title: 'closes', whole: true },
      { title: 'what was missed' },
    ],
    openings.map(({ policy, opens, closes, missed }) => [
      policy,
      formatMoment(opens),
      formatMoment(closes),
      missed === 'next-chance' ? 'starts at the next chance' : 'waits for the next window',
    ]),
    canvas,
  );
}

/** Draws freezes. */
export function drawFreezes(freezes: readonly ListedFreeze[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'frozen by', whole: true },
      { title: 'from', whole: true },
      { title: 'to', whole: true },
      { title: 'what' },
      { title: 'reason' },
    ],
    freezes.map(({ policy, from, to, all, reason }) => [
      policy,
      formatMoment(from),
      formatMoment(to),
      all ? 'every policy on its devices' : 'this policy',
      reason,
    ]),
    canvas,
  );
}

/** When repairs of a policy may start on a device, with all freezes that are for it there. */
export function describeStart(
  { windows, freezes }: { readonly windows: Policy['windows']; readonly freezes: readonly ListedFreeze[] },
  nowMs: number,
  zone: string,
): string {
  const freeze = findFreeze(freezes, nowMs);
  if (freeze === null) return describeOpening({ windows }, nowMs, zone);
  return `not before ${formatMoment(freeze.to)}, frozen by ${freeze.policy}: ${freeze.reason}`;
}

/** When repairs of a policy may start, seen from a moment and from a computer set to that zone. */
export function describeOpening({ windows }: Pick<Policy, 'windows'>, nowMs: number, zone: string): string {
  if (windows.length === 0) return 'whenever it is due';
  const [next] = nextIntervals(windows, { fromMs: nowMs, count: 1, zone });
  if (next === undefined) return 'never: no window opens any more';
  const [opens, closes] = [next.fromMs, next.toMs].map((ms) => formatMoment(new Date(ms).toISOString()));
  return next.fromMs <= nowMs ? `now, until ${closes}` : `from ${opens} to ${closes}`;
}
