// Exceptions as they are shown: what is left alone where, until when, and on whose word.
import type { PolicyException } from '@muster/protocol/policy';
import type { Canvas, Tone } from '../output/canvas.ts';
import { formatMoment } from '../output/moments.ts';
import { drawTable } from '../output/table.ts';

/** An exception with the name of its policy. */
export interface ListedException extends PolicyException {
  readonly policy: string;
  readonly state: 'holds' | 'ends-soon' | 'over';
}

const tones: Readonly<Record<ListedException['state'], Tone>> = {
  holds: 'plain',
  'ends-soon': 'warn',
  over: 'quiet',
};

/** Draws them. */
export function drawExceptions(listed: readonly ListedException[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'policy/rule', whole: true },
      { title: 'item', whole: true },
      { title: 'until', whole: true },
      { title: 'on' },
      { title: 'approved by' },
      { title: 'reason' },
    ],
    listed.map(({ policy, rule, item, until, on, approvedBy, reason, state }) => [
      ...[`${policy}/${rule}`, item],
      { text: `${formatMoment(until)}${state === 'over' ? ', over' : ''}`, tone: tones[state] },
      ...[on.replace(/\s+/g, ' ').trim(), approvedBy, reason],
    ]),
    canvas,
  );
}
