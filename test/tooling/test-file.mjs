// Runs one test file in its own process, reads its TAP and says what failed, was skipped or was left behind.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Parser } from 'tap-parser';
import { coverageFolder } from './coverage.mjs';
import { endProcesses, findProcesses, listLeftFiles, waitUntilGone } from './leftovers.mjs';
import { root } from './workspace.mjs';

/** Longest output that is kept to explain a failure, characters. */
const MAX_LOG_CHARS = 20_000;
/** How long the rest of a file's output is waited for after its end, where something that it left behind holds the pipe, ms. */
const DRAIN_MS = 2_000;
/** How long a file's processes may take to end after the file has, ms. */
const GRACE = { limitMs: 2_000, endingMs: 10_000 };

/** Answers `{ name, passed, failures: [{title, text}], skips: [{title, reason}], ms, log }`. */
export async function runTestFile(file, options) {
  const startedMs = performance.now();
  const tmp = join(options.tmp, String(file.index));
  mkdirSync(tmp, { mode: 0o755 });
  const mark = `${process.pid}.${file.index}`;
  const child = spawn(process.execPath, ['--enable-source-maps', file.path, ...options.rest], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      MUSTER_TEST_DATABASE_URL: undefined,
      ...file.env,
      ...coverageOf(file, options),
      TMPDIR: tmp,
      MUSTER_TEST_FILE: mark,
      TAP: '1',
      // a little earlier than our own limit, so that tap can still name the test that hangs
      TAP_TIMEOUT: String((options.timeoutMs / 1000) * 0.9),
    },
  });
  const tally = { passed: 0, failures: [], skips: [] };
  const log = createLog();
  child.stderr.on('data', log.add);
  const parsed = readTap(child.stdout, tally, log);
  const end = await waitForEnd(child, mark, options);
  await Promise.race([parsed, delay(DRAIN_MS)]);
  judgeEnd(end, tally, options);
  await judgeLeftovers({ child, mark, tmp }, tally);
  // What was just ended may still write; rmSync does not look again for that on its retries.
  await rm(tmp, { recursive: true, force: true, maxRetries: 10 });
  return { name: file.name, ...tally, ms: performance.now() - startedMs, log: log.text() };
}

/** Only protocol/ has branches that must be covered; elsewhere counting would slow the tests for nothing. */
function coverageOf({ name }, { tmp }) {
  return name.startsWith('protocol/') ? { NODE_V8_COVERAGE: coverageFolder(tmp) } : {};
}

/** Waits for the exit; at the time limit everything the file started is ended with it. */
function waitForEnd(child, mark, { timeoutMs, running }) {
  return new Promise((resolve) => {
    let timedOut = false;
    const end = () => endProcesses(findProcesses(mark, child.pid));
    running.add(end);
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    child.once('error', (error) => resolve({ error }));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      running.delete(end);
      resolve({ code, signal, timedOut });
    });
  });
}

/** Counts into the tally; resolves when the stream has ended. */
function readTap(stream, tally, log) {
  return new Promise((resolve) => {
    const parser = new Parser(() => resolve());
    countLeaves(parser, tally, []);
    parser.on('extra', (line) => log.add(line));
    parser.on('bailout', (reason) => tally.failures.push({ title: 'bailed out', text: String(reason) }));
    stream.pipe(parser);
  });
}

/**
 * A test point that closes a subtest repeats what stands inside it, so only leaves are counted; but a subtest
 * that failed as a whole (timeout, thrown error outside an assertion, wrong plan) counts as one failure.
 */
function countLeaves(parser, tally, path) {
  let inside;
  parser.on('child', (sub) => {
    inside = { failuresBefore: tally.failures.length };
    countLeaves(sub, tally, [...path, sub.name]);
  });
  parser.on('assert', (point) => {
    const closes = inside;
    inside = undefined;
    const title = [...path, point.name].filter(Boolean).join(' › ');
    if (point.skip || point.todo) {
      tally.skips.push({ title, reason: String(point.skip || point.todo) });
    } else if (!point.ok) {
      if (!closes || tally.failures.length === closes.failuresBefore)
        tally.failures.push({ title, text: explain(point) });
    } else if (!closes) {
      tally.passed++;
    }
  });
}

/** The part of a failed point's diagnostics that helps: what differs, where, and the stack. */
function explain({ diag = {}, tapError }) {
  const { diff, stack, at: place, source, compare: _compare, ...others } = diag;
  const { found, wanted, ...rest } = others;
  const parts = [];
  if (tapError) parts.push(String(tapError));
  if (diff) parts.push(diff.trimEnd());
  else if ('found' in others || 'wanted' in others)
    parts.push(`wanted: ${show(wanted)}\nfound:  ${show(found)}`);
  if (Object.keys(rest).length) parts.push(show(rest));
  if (source) parts.push(source.trimEnd());
  if (stack) parts.push(stack.trimEnd());
  else if (place?.fileName) parts.push(`${place.fileName}:${place.lineNumber}`);
  return parts.join('\n').slice(0, MAX_LOG_CHARS);
}

function show(value) {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'undefined');
}

function judgeEnd({ code, signal, timedOut, error }, tally, { timeoutMs }) {
  const named = tally.failures.some(({ title }) => title.endsWith('timeout!')); // by tap, a little earlier
  const nothing = tally.passed + tally.failures.length + tally.skips.length === 0;
  let title = '';
  if (error) title = `could not be started: ${error.message}`;
  else if (timedOut) title = named ? '' : `ended after ${timeoutMs / 1000} s, its time limit`;
  else if (signal) title = `ended by ${signal}`;
  else if (code !== 0 && tally.failures.length === 0) title = `ended with code ${code}`;
  else if (nothing) title = 'has no tests';
  if (title) tally.failures.push({ title, text: '' });
}

async function judgeLeftovers({ child, mark, tmp }, tally) {
  const left = await waitUntilGone(() => findProcesses(mark, child.pid), GRACE);
  endProcesses(left);
  for (const { pid, command } of left) {
    tally.failures.push({ title: `left process ${pid} running`, text: command });
  }
  for (const path of listLeftFiles(tmp)) {
    tally.failures.push({ title: `left ${path} in the temporary folder`, text: '' });
  }
}

function createLog() {
  let kept = '';
  return {
    add: (chunk) => {
      if (kept.length < MAX_LOG_CHARS) kept += String(chunk).slice(0, MAX_LOG_CHARS - kept.length);
    },
    text: () => kept,
  };
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
