// Says which lines of some sources no test ever ran, from the block counts that node itself writes.
//
// A branch is covered when its block ran in at least one process; `a ?? b`, `a && b` and `c ? a : b` have blocks
// of their own, so this is branch coverage. Read directly, the counts cost no second run of the tests.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { at, listFiles, shortPath } from './workspace.mjs';

/** What must be covered to the last branch: it decides whose word counts, and what a measurement was. */
const mustBeCovered = /^protocol\/src\/(?:signing\/|commands\/|chunk)/;

/** Sources that must be covered completely, and those among them that hold no code at all left out. */
export function listGatedSources() {
  return listFiles(at('protocol', 'src'), (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .filter((path) => mustBeCovered.test(shortPath(path)) && !path.includes('/testing/'))
    .map((path) => ({
      source: path,
      compiled: path.replace('/protocol/src/', '/protocol/dist/').replace(/\.ts$/, '.js'),
    }));
}

/**
 * What no test ran, as `file:line` and a few words, one entry a gap; none when all is covered.
 * `folder` is what the processes had as NODE_V8_COVERAGE.
 */
export function findUncovered(folder, sources) {
  const covered = readCounts(folder);
  return sources.flatMap(({ source, compiled }) => {
    if (!existsSync(compiled)) return [`${shortPath(source)}:1 was not compiled`];
    const code = readFileSync(compiled, 'utf8');
    if (!hasCode(code)) return []; // only types
    const ran = covered.get(compiled);
    if (!ran) return [`${shortPath(source)}:1 is never loaded by a test`];
    return describeGaps(code, ran, { source, map: readMap(compiled) });
  });
}

/** For each file, which characters ran in any process. */
function readCounts(folder) {
  const covered = new Map();
  for (const file of listFiles(folder, (path) => path.endsWith('.json'))) {
    for (const { url, functions } of JSON.parse(readFileSync(file, 'utf8')).result) {
      if (!url.startsWith('file:')) continue;
      merge(covered, fileURLToPath(url), paint(functions));
    }
  }
  return covered;
}

/** One process: ranges lie within each other, and the innermost one knows best. */
function paint(functions) {
  const ranges = functions.flatMap((entry) => entry.ranges);
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const ran = new Uint8Array(Math.max(0, ...ranges.map((range) => range.endOffset)));
  for (const range of ranges) ran.fill(range.count > 0 ? 1 : 0, range.startOffset, range.endOffset);
  return ran;
}

function merge(covered, path, ran) {
  const before = covered.get(path);
  if (before) for (let i = 0; i < ran.length; i++) ran[i] |= before[i] ?? 0;
  covered.set(path, ran);
}

function describeGaps(code, ran, { source, map }) {
  const gaps = [];
  for (let start = 0; start < ran.length; start++) {
    if (ran[start]) continue;
    let end = start;
    while (end < ran.length && !ran[end]) end++;
    const text = code.slice(start, end);
    if (hasCode(text)) gaps.push(describeGap(code, start + text.search(/\S/), { source, map, text }));
    start = end;
  }
  return gaps;
}

function describeGap(code, offset, { source, map, text }) {
  const before = code.slice(0, offset).split('\n');
  const entry = map?.findEntry(before.length - 1, before.at(-1).length);
  const line = entry?.originalLine === undefined ? before.length : entry.originalLine + 1;
  return `${shortPath(source)}:${line} never ran: ${text.trim().replace(/\s+/g, ' ').slice(0, 60)}`;
}

/** False for what V8 counts but nobody wrote: closing braces after a return, comments, `export {}`. */
function hasCode(text) {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  return /[^\s{};()]/.test(bare.replace(/export\s*\{\s*\};?/g, ''));
}

function readMap(compiled) {
  const path = `${compiled}.map`;
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

/** The folder counts are written to, inside the run's temporary folder. */
export function coverageFolder(tmp) {
  return join(tmp, 'coverage');
}
