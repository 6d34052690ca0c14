// Enrollment tokens: the list, and what is said about a new one.
import type { EnrollmentToken } from '../api/types.ts';
import type { Canvas, Tone } from '../output/canvas.ts';
import { countOf } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { drawTable } from '../output/table.ts';
import { formatSpan } from '../output/units.ts';
import { formatLabels } from './device-list.ts';

const tones = { valid: 'good', spent: 'quiet', expired: 'quiet', revoked: 'quiet' } as const satisfies Record<
  EnrollmentToken['state'],
  Tone
>;

/** Draws the list. */
export function drawTokens(tokens: readonly EnrollmentToken[], nowMs: number, canvas: Canvas): string {
  return drawTable(
    [
      { title: 'name' },
      { title: 'state' },
      { title: 'uses left', align: 'right' },
      { title: 'expires' },
      { title: 'id', whole: true },
      { title: 'approval' },
      { title: 'labels' },
      { title: 'by' },
    ],
    tokens.map((token) => [
      token.name,
      { text: token.state, tone: tones[token.state] },
      `${token.usesLeft} of ${token.usesTotal}`,
      token.state === 'valid'
        ? `in ${formatSpan(Date.parse(token.expiresAt) - nowMs)}`
        : formatMoment(token.expiresAt),
      token.id,
      token.autoApprove ? 'automatic' : 'by a person',
      formatLabels(token.labels),
      token.createdBy,
    ]),
    canvas,
  );
}

/** What a person should know about a token just made; the command itself is data. */
export function describeNewToken(
  { name, usesLeft, autoApprove, expiresAt }: EnrollmentToken,
  nowMs: number,
): string {
  const life = formatSpan(Date.parse(expiresAt) - nowMs);
  const approval = autoApprove ? 'It lets them in at once.' : 'Each waits for muster devices approve.';
  return `Token "${name}": for ${countOf(usesLeft, 'device')} within ${life}. ${approval} Run this there, as root; it is shown this once:`;
}
