// What is different between two texts, line by line, with the lines around it.

/** Lines that are shown before and behind what changed. */
const CONTEXT_LINES = 3;
/** Longest middle that is compared exactly, lines of both together; of longer ones all are told as exchanged. */
const MAX_EXACT_LINES = 4_000;

/** A line with what became of it. */
interface DiffLine {
  /** `-`: only before; `+`: only after. */
  readonly mark: ' ' | '-' | '+';
  /** Without its end. */
  readonly text: string;
}

/**
 * Lines with `-`, `+` or a blank before each, and `…` where equal lines are left out; empty for equal texts.
 * The longest common subsequence by dynamic programming (Wagner and Fischer 1974) over what differs between the equal beginning
 * and the equal end; above MAX_EXACT_LINES that middle is told as exchanged, which is right too, only longer.
 */
export function diffLines(before: string, after: string): string {
  if (before === after) return '';
  const [old, now] = [splitLines(before), splitLines(after)];
  let head = 0; // equal lines at the beginning
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0; // and at the end, none of them twice
  const shorter = Math.min(old.length, now.length) - head;
  while (tail < shorter && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const middle = diffMiddle(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  const end = old.slice(old.length - tail); // of both
  return formatDiff([...markAll(' ', old.slice(0, head)), ...middle, ...markAll(' ', end)]);
}

/** Lines of a text whose last one is ended. */
function splitLines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

/** Lines that all went, or that all came. */
function markAll(mark: DiffLine['mark'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ mark, text }));
}

/** What differs, between the equal beginning and the equal end. */
function diffMiddle(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length + now.length > MAX_EXACT_LINES) return [...markAll('-', old), ...markAll('+', now)];
  const common = measureCommon(old, now);
  const width = now.length + 1; // of a row of the table
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0]; // places in both
  while (i < old.length && j < now.length) {
    const [was = '', is = ''] = [old[i], now[j]];
    // What goes stands before what comes.
    const isGone = (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0);
    if (was === is) lines.push({ mark: ' ', text: was });
    else lines.push(isGone ? { mark: '-', text: was } : { mark: '+', text: is });
    if (was === is || isGone) i++; // both walk on over an equal line
    if (was === is || !isGone) j++;
  }
  return [...lines, ...markAll('-', old.slice(i)), ...markAll('+', now.slice(j))]; // one of them is at its end
}

/** Length of the longest common subsequence of what follows each pair of places. */
function measureCommon(old: readonly string[], now: readonly string[]): Uint16Array {
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width); // a row and a column of zeros at the end
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--) {
      // An equal pair is one more than what follows both.
      const next = old[i] === now[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : 0;
      common[i * width + j] = Math.max(
        next,
        common[(i + 1) * width + j] ?? 0,
        common[i * width + j + 1] ?? 0,
      );
    }
  return common;
}

/** Equal lines far from any change become one mark. */
function formatDiff(lines: readonly DiffLine[]): string {
  const changed = lines.flatMap(({ mark }, at) => (mark === ' ' ? [] : [at]));
  const near = new Set<number>(); // lines that are shown
  for (const at of changed)
    for (let one = at - CONTEXT_LINES; one <= at + CONTEXT_LINES; one++) near.add(one);
  const shown: string[] = [];
  for (const [at, { mark, text }] of lines.entries()) {
    if (near.has(at)) shown.push(`${mark} ${text}`.trimEnd());
    else if (at === 0 || near.has(at - 1)) shown.push('  …'); // once for all of them
  }
  return `${shown.join('\n')}\n`;
}
