// Facts that expressions may name: the list, and their values on one device, as an expression writes them.
import type { NamedFact } from '@muster/protocol/language';
import type { ValuedFact } from '../jobs/device-facts.ts';
import type { Canvas } from '../output/canvas.ts';
import { type Cell, drawTable } from '../output/table.ts';

/** A value as it is typed in an expression; a dash for none. */
function formatLiteral({ type, value }: Pick<ValuedFact, 'type' | 'value'>): Cell {
  if (value === null) return { text: '–', tone: 'quiet' };
  if (typeof value !== 'string') return String(value);
  return type === 'timestamp' ? `timestamp(${JSON.stringify(value)})` : JSON.stringify(value);
}

/** Draws the list. */
export function drawFactList(
  items: readonly Pick<NamedFact, 'name' | 'type' | 'description'>[],
  canvas: Canvas,
): string {
  return drawTable(
    [{ title: 'fact', whole: true }, { title: 'type', whole: true }, { title: 'what it says' }],
    items.map(({ name, type, description }) => [name, type, description]),
    canvas,
  );
}

/** Draws the facts of one device. */
export function drawDeviceFacts(items: readonly ValuedFact[], canvas: Canvas): string {
  return drawTable(
    [{ title: 'fact', whole: true }, { title: 'value' }, { title: 'judged by' }],
    items.map(({ name, type, value, source }) => [
      name,
      formatLiteral({ type, value }),
      source === 'device' ? 'device and server' : 'server',
    ]),
    canvas,
  );
}
