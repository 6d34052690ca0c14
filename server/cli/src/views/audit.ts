// Events of the audit as a table, newest first.
import type { AuditItem } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { drawTable } from '../output/table.ts';
import { formatAgo } from '../output/units.ts';

function nameOf({ actor }: AuditItem): string {
  return actor.name === '' ? (actor.id === '' ? actor.kind : actor.id) : actor.name;
}

function describeDetail({ detail }: AuditItem): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== '' && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ');
}

/** Draws them. */
export function drawAudit(
  events: readonly AuditItem[],
  { nowMs }: { readonly nowMs: number },
  canvas: Canvas,
): string {
  const columns = [
    { title: 'seq', align: 'right' },
    { title: 'when', whole: true },
    { title: 'who' },
    { title: 'act', whole: true },
    { title: 'of' },
    { title: 'outcome' },
    { title: 'detail' },
  ] as const;
  const rows = events.map((event) => [
    event.seq === null ? '' : String(event.seq),
    formatAgo(event.at, nowMs),
    nameOf(event),
    event.act,
    event.subject === null ? '' : event.subject.name || event.subject.id,
    event.outcome === 'done' ? 'done' : { text: event.code, tone: 'warn' as const },
    describeDetail(event),
  ]);
  return drawTable(columns, rows, canvas);
}
