// Rules of notifications as a table, and why one of them tells nothing.
import type { AlertRule, AlertWay } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { type Cell, drawTable } from '../output/table.ts';
import { formatAgo } from '../output/units.ts';

/** Of which devices a rule tells now. */
function describeReach({ enabled, reach }: AlertRule): Cell {
  if (!enabled) return { text: 'off', tone: 'quiet' };
  if (reach === 'all') return { text: 'on', tone: 'good' };
  return { text: reach === 'some' ? 'in part' : 'silent', tone: 'bad' };
}

/** Why a rule that is on does not tell all that it means, and what helps; null: it tells all, or is off. */
export function describeSilence({ name, enabled, reach, createdBy }: AlertRule): string | null {
  if (!enabled || reach === 'all') return null;
  const rule = `Rule ${name}`;
  const who = `${createdBy}, who saved it last,`;
  const saving = 'Whoever sees all alerts can save it again, and answers for it then.';
  if (reach === 'some')
    return `${rule} tells of some devices only: ${who} may not see the alerts of the others now. ${saving}`;
  if (reach === 'none') return `${rule} tells nothing: ${who} may see no alerts now. ${saving}`;
  return `${rule} tells nothing: ${who} is disabled. It tells again once he is enabled. ${saving}`;
}

/** Draws the list. */
export function drawAlertRules(
  rules: readonly AlertRule[],
  { ways, nowMs }: { readonly ways: readonly AlertWay[]; readonly nowMs: number },
  canvas: Canvas,
): string {
  const names = new Map(ways.map(({ id, name }) => [id, name]));
  return drawTable(
    [
      { title: 'rule' },
      { title: 'state', whole: true },
      { title: 'severity' },
      { title: 'devices' },
      { title: 'ways' },
      { title: 'sent', whole: true },
    ],
    rules.map((rule) => [
      rule.name,
      describeReach(rule),
      rule.severities.join(', '),
      rule.on ?? 'every device',
      rule.ways.map((id) => names.get(id) ?? id).join(', '),
      rule.sentAt === null ? { text: 'not yet', tone: 'quiet' } : formatAgo(rule.sentAt, nowMs),
    ]),
    canvas,
  );
}
