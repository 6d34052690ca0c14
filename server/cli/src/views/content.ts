// Signed content: the list, one document, and a body as text.
import type { Content } from '@muster/protocol/commands';
import type { ContentItem } from '../api/types.ts';
import { formatShortSpan } from '../input/moments.ts';
import type { Canvas } from '../output/canvas.ts';
import { countOf } from '../output/count.ts';
import { safeText } from '../output/safe-text.ts';
import { drawFacts, drawTable } from '../output/table.ts';
import { formatAgo, formatBytes } from '../output/units.ts';

/** Lines of a body that are shown; the rest is in the file. */
const MAX_LINES = 400;

/** Draws the list. */
export function drawContents(items: readonly ContentItem[], nowMs: number, canvas: Canvas): string {
  return drawTable(
    [
      { title: 'name' },
      { title: 'use' },
      { title: 'state' },
      { title: 'size', align: 'right' },
      { title: 'signed by' },
      { title: 'digest' },
      { title: 'made' },
      { title: 'reason' },
    ],
    items.map((item) => [
      item.name,
      item.place === null ? item.interpreter : `file for ${item.place.path}`,
      item.missing === 'body'
        ? { text: 'body is missing', tone: 'warn' }
        : { text: item.state, tone: item.state === 'approved' ? 'good' : 'warn' },
      formatBytes(item.sizeBytes),
      item.signers.join(', '),
      item.digest.slice(0, 12),
      formatAgo(item.createdAt, nowMs),
      item.reason,
    ]),
    canvas,
  );
}

/** A document with who really signed it. */
export interface ContentPicture {
  readonly document: Content;
  /** Digest of the document, by which commands name it. */
  readonly digest: string;
  readonly signers: readonly string[];
  readonly needed: number;
  readonly state: string;
}

/** Rows that bound what a command may do with it: what two sign for, and who orders it cannot change. */
function listBounds({
  use,
  place,
  runAs,
  stdin,
  parameters,
  timeoutMs,
  okExits,
}: Content): [string, string | null][] {
  if (use === 'file')
    return [
      ['Place', place?.path ?? null],
      ['Mode', place?.mode ?? null],
      ['Owner', place === null ? null : place.owner || 'root'],
      ['Group', place === null ? null : place.group || "the owner's"],
    ];
  const values = parameters.map(
    ({ name, type, required, description }) =>
      `${name}: ${type}${required ? ', must be given' : ''}${description === '' ? '' : ` (${description})`}`,
  );
  return [
    ['Parameters', values.join('; ')],
    ['Runs as', runAs.length === 0 ? 'root' : `one of: ${runAs.join(', ')}`],
    ['Time limit', formatShortSpan(timeoutMs)],
    ['Success', `exit code ${okExits.join(', ')}`],
    ['Input', stdin ? 'whatever the one who orders it gives' : 'none'],
  ];
}

/** One line beside a command: what it names, and where that goes or how it runs. */
export function describeContent({ name, place, interpreter, timeoutMs, okExits }: Content): string {
  if (place === null)
    return `${name}, run by ${interpreter} for at most ${formatShortSpan(timeoutMs)}; success is exit code ${okExits.join(', ')}`;
  const { path, mode, owner, group } = place;
  return `${name}, put to ${path} (mode ${mode}, of ${owner || 'root'}${group === '' ? '' : `, group ${group}`})`;
}

/** Draws one document. */
export function drawContent(
  { document, digest, signers, needed, state }: ContentPicture,
  canvas: Canvas,
): string {
  return drawFacts(
    [
      ['Content', { text: document.name, tone: 'strong' }],
      ['Use', document.use === 'script' ? `script, run by ${document.interpreter}` : 'file'],
      ['Digest', digest],
      ['Body', `${formatBytes(document.sizeBytes)}, sha256 ${document.sha256}`],
      ...listBounds(document),
      ['Reason', document.reason],
      ['Asked by', document.requester],
      ['State', `${state}, signed by ${signers.join(', ') || 'nobody'} (${signers.length} of ${needed})`],
    ],
    canvas,
  );
}

/** A body as text that cannot steer a terminal; a binary one is not shown. */
export function drawBody(body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  if (text.includes('\u0000')) return '  (it is no text; compare its hash with your own copy)';
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  | ${safeText(line.replaceAll('\t', '    '))}`);
  const rest = lines.length - MAX_LINES;
  return [
    ...lines.slice(0, MAX_LINES),
    ...(rest > 0 ? [`  … ${countOf(rest, 'more line')}; muster content show --body prints all of them`] : []),
  ].join('\n');
}
