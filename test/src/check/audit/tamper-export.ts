// What can be done to an export of the audit: every kind of tampering with its text.
import { formatHash, hashEntry } from '@muster/protocol';
import { pick } from '../check.ts';
import { crypto } from '../lab/party.ts';

/** Makes other lines of an export. */
export type TamperExport = (lines: readonly string[], random: () => number) => string[];

interface EntryLine {
  readonly t: 'entry';
  readonly entry: string;
  readonly hash: string;
}

const isEntry = (line: string) => line.startsWith('{"t":"entry"');
const isCheckpoint = (line: string) => line.startsWith('{"t":"checkpoint"');
const entryAt = (lines: readonly string[], at: number): EntryLine => JSON.parse(lines[at] ?? '');

function pickEntry(lines: readonly string[], random: () => number): number {
  return pick(
    lines.flatMap((line, at) => (isEntry(line) ? [at] : [])),
    random,
  );
}

/** Another text of the same length, one character of the event changed. */
function edit(entry: string, random: () => number): string {
  const from = entry.indexOf('"event":') + '"event":'.length;
  const letters = [...entry.slice(from)].flatMap((one, at) => (/[a-z0-9]/.test(one) ? [from + at] : []));
  const at = pick(letters, random);
  const other = entry[at] === 'x' ? 'y' : 'x';
  return entry.slice(0, at) + other + entry.slice(at + 1);
}

const withHash = (entry: string) =>
  JSON.stringify({ t: 'entry', entry, hash: formatHash(hashEntry(entry, crypto)) });

/** Makes the chain fit again from a place on, as far as that goes without the server's key. */
function rechain(lines: readonly string[]): string[] {
  let prev = '';
  let seq = 0;
  return lines.map((line) => {
    if (!isEntry(line)) return line;
    const { entry } = entryAt([line], 0);
    seq += 1;
    const fits = entry
      .replace(/"seq":\d+/, `"seq":${seq}`)
      .replace(/"prev":"[^"]+"/, (old) => (prev === '' ? old : `"prev":"${prev}"`));
    prev = formatHash(hashEntry(fits, crypto));
    return withHash(fits);
  });
}

/** First and last line say again how many there are. */
function recount(lines: readonly string[]): string[] {
  const count = lines.filter(isEntry).length;
  const body = lines.filter((line) => !line.startsWith('{"t":"end"'));
  return [
    (body[0] ?? '').replace(/"to":\d+/, `"to":${count}`),
    ...body.slice(1),
    JSON.stringify({ t: 'end', entries: count }),
  ];
}

function replaceAt(lines: readonly string[], at: number, ...others: string[]): string[] {
  return [...lines.slice(0, at), ...others, ...lines.slice(at + 1)];
}

/** By name. */
export const exportTampers: Readonly<Record<string, TamperExport>> = {
  edit(lines, random) {
    const at = pickEntry(lines, random);
    const { entry, hash } = entryAt(lines, at);
    return replaceAt(lines, at, JSON.stringify({ t: 'entry', entry: edit(entry, random), hash }));
  },
  'edit with its hash'(lines, random) {
    const at = pickEntry(lines, random);
    return replaceAt(lines, at, withHash(edit(entryAt(lines, at).entry, random)));
  },
  'edit with the whole chain'(lines, random) {
    const at = pickEntry(lines, random);
    return rechain(replaceAt(lines, at, withHash(edit(entryAt(lines, at).entry, random))));
  },
  'edit a time'(lines, random) {
    const at = pickEntry(lines, random);
    const { entry } = entryAt(lines, at);
    const later = entry.replace(/"at":"[^"]+"/, '"at":"2031-01-01T00:00:00.000Z"');
    return rechain(replaceAt(lines, at, withHash(later)));
  },
  'edit a hash'(lines, random) {
    const at = pickEntry(lines, random);
    const { entry } = entryAt(lines, at);
    return replaceAt(lines, at, JSON.stringify({ t: 'entry', entry, hash: 'B'.repeat(43) }));
  },
  delete: (lines, random) => replaceAt(lines, pickEntry(lines, random)),
  'delete with the whole chain': (lines, random) =>
    recount(rechain(replaceAt(lines, pickEntry(lines, random)))),
  insert(lines, random) {
    const at = pickEntry(lines, random);
    return replaceAt(lines, at, lines[at] ?? '', lines[at] ?? '');
  },
  'insert with the whole chain'(lines, random) {
    const at = pickEntry(lines, random);
    const { entry } = entryAt(lines, at);
    return recount(rechain(replaceAt(lines, at, lines[at] ?? '', withHash(edit(entry, random)))));
  },
  reorder(lines, random) {
    const [a, b] = [pickEntry(lines, random), pickEntry(lines, random)];
    if (a === b) return replaceAt(lines, a);
    return replaceAt(replaceAt(lines, a, lines[b] ?? ''), b, lines[a] ?? '');
  },
  truncate: (lines, random) => lines.slice(0, pickEntry(lines, random)),
  'truncate with an end': (lines, random) => recount(lines.slice(0, pickEntry(lines, random))),
  'truncate behind a checkpoint'(lines, random) {
    const places = lines.flatMap((line, at) => (isCheckpoint(line) ? [at] : []));
    return recount(lines.slice(0, pick(places.slice(0, -1), random) + 1));
  },
  'drop a checkpoint'(lines, random) {
    const places = lines.flatMap((line, at) => (isCheckpoint(line) ? [at] : []));
    return replaceAt(lines, pick(places, random));
  },
  'exchange checkpoints'(lines, random) {
    const places = lines.flatMap((line, at) => (isCheckpoint(line) ? [at] : []));
    const a = pick(places.slice(1), random);
    return replaceAt(lines, a, lines[places[0] ?? 0] ?? '');
  },
};
