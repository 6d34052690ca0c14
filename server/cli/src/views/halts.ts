// Halts: what was stopped, by whom, until when.
import type { HaltItem } from '../api/types.ts';
import { type Canvas, fitId } from '../output/canvas.ts';
import { drawTable } from '../output/table.ts';
import { formatAgo, formatSpan } from '../output/units.ts';

/** What a halt stops, in words. */
export function describeScope({ what, scope }: Pick<HaltItem, 'what' | 'scope'>): string {
  if (what === 'all') return 'everything';
  return what === 'kind' ? `all commands of the kind ${scope}` : `the job ${scope}`;
}

/** Draws the list. */
export function drawHalts(halts: readonly HaltItem[], nowMs: number, canvas: Canvas): string {
  return drawTable(
    [
      { title: 'halt', whole: true },
      { title: 'state' },
      { title: 'stops' },
      { title: 'by' },
      { title: 'made' },
      { title: 'ends' },
      { title: 'reason' },
    ],
    halts.map((halt) => [
      fitId(halt.id, canvas),
      { text: halt.state, tone: halt.state === 'in-force' ? 'warn' : 'quiet' },
      describeScope({ ...halt, scope: halt.what === 'command' ? fitId(halt.scope, canvas) : halt.scope }),
      halt.requester,
      formatAgo(halt.at, nowMs),
      halt.state === 'in-force' ? `in ${formatSpan(Date.parse(halt.until) - nowMs)}` : '',
      halt.reason,
    ]),
    canvas,
  );
}
