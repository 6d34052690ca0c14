// Pure: Markdown as far as our docs use it, as a list of blocks; no text ever becomes markup.

/** A block of a page. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string; readonly anchor: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** A piece of a line. */
export type Piece =
  | { readonly kind: 'text' | 'code' | 'strong' | 'em'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly to: string };

/** The anchor of a heading, as code hosts make it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

const item = /^\s*(?:[-*]|\d+\.)\s+/;

/** Lines from `start` on for which `fits` holds. */
function takeWhile(lines: readonly string[], start: number, fits: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index >= start && !fits(line));
  return lines.slice(start, end < 0 ? lines.length : end);
}

function isPlain(line: string): boolean {
  return line.trim() !== '' && !/^(?:#{1,6} |```|\|)/.test(line) && !item.test(line);
}

/** The block that begins at a line, and how many lines it has. */
function readBlock(lines: readonly string[], at: number): readonly [Block | null, number] {
  const line = lines[at] ?? '';
  const heading = /^(#{1,6}) (.*)$/.exec(line);
  if (heading !== null) {
    const [, marks = '', text = ''] = heading;
    return [{ kind: 'heading', level: marks.length, text, anchor: anchorOf(text) }, 1];
  }
  if (line.startsWith('```')) {
    const inside = takeWhile(lines, at + 1, (next) => !next.startsWith('```'));
    return [{ kind: 'code', text: inside.join('\n') }, inside.length + 2];
  }
  if (line.startsWith('|')) {
    const rows = takeWhile(lines, at, (next) => next.startsWith('|'));
    const [head = [], , ...rest] = rows.map(cellsOf);
    return [{ kind: 'table', head, rows: rest }, rows.length];
  }
  if (item.test(line)) {
    const inside = takeWhile(lines, at, (next) => item.test(next) || /^\s+\S/.test(next));
    const items: string[] = [];
    for (const each of inside) {
      if (item.test(each)) items.push(each.replace(item, ''));
      else items.push(`${items.pop() ?? ''} ${each.trim()}`);
    }
    return [{ kind: 'list', isOrdered: /^\s*\d/.test(line), items }, inside.length];
  }
  if (!isPlain(line)) return [null, 1];
  const inside = takeWhile(lines, at, isPlain);
  return [{ kind: 'text', text: inside.join(' ') }, inside.length];
}

/** All blocks of a page. */
export function parseMarkdown(source: string): Block[] {
  const lines = source.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, count] = readBlock(lines, at);
    if (block !== null) blocks.push(block);
    at += count;
  }
  return blocks;
}

const pieces = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^\s*][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** The pieces of a line. */
export function parseLine(line: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of line.matchAll(pieces)) {
    const [whole, code, strong, em, label, to] = match;
    if (match.index > end) found.push({ kind: 'text', text: line.slice(end, match.index) });
    end = match.index + whole.length;
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (strong !== undefined) found.push({ kind: 'strong', text: strong });
    else if (em !== undefined) found.push({ kind: 'em', text: em });
    else if (label !== undefined && to !== undefined) found.push({ kind: 'link', text: label, to });
  }
  if (end < line.length) found.push({ kind: 'text', text: line.slice(end) });
  return found;
}

/** Where a link of a page leads inside the console: `trust.md#a` beside `architecture/session`; null: out of the docs. */
export function resolveLink(page: string, to: string): string | null {
  const [path = '', hash] = to.split('#');
  const end = hash === undefined ? '' : `#${hash}`;
  if (path === '') return `/help/${page}${end}`;
  if (/^[a-z]+:/.test(path) || !path.endsWith('.md')) return null;
  const resolved = new URL(path, `http://docs/docs/${page}`).pathname;
  return resolved.startsWith('/docs/')
    ? `/help/${resolved.slice('/docs/'.length, -'.md'.length)}${end}`
    : null;
}
