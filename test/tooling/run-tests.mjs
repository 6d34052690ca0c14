// Runs every test file as the TAP program it is, shows a line a file, ends with 'N passed, N failed'.
//
// A test file needs nothing but node to run; starting them here rather than through tap's own runner saves
// 0.85 CPU-seconds a file (loaders for TypeScript, mocks and coverage, none of which compiled tests use) and
// lets each file answer for the processes and temporary files it leaves behind. `npx tap` works as well.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { coverageFolder, findUncovered, listGatedSources } from './coverage.mjs';
import { startOutsidePostgres } from './outside-postgres.mjs';
import { installNeeds } from './system-packages.mjs';
import { runTestFile } from './test-file.mjs';
import { at, listFiles, packages, shortPath } from './workspace.mjs';

const usage =
  'pnpm test [--jobs=N] [--timeout=SECONDS] [part of a file name…] [-- arguments for the test files]';

process.exitCode = await main(process.argv.slice(2));

async function main(args) {
  const options = parseArgs(args);
  if (typeof options === 'string') return stop(options);
  const files = chooseFiles(options.names);
  if (files.length === 0)
    return stop(`no test file matches ${options.names.join(', ') || 'anything: build first'}`);

  installNeeds(files);
  // Not by a name of the agent's own, which none of its rules would touch.
  const tmp = mkdtempSync(join(tmpdir(), 'test-muster-'));
  chmodSync(tmp, 0o755); // a database started by root runs as another user and has to pass through
  process.env.TMPDIR = tmp;
  const running = new Set();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => abort(signal, running, tmp));
  const started = [];
  try {
    const results = await runAll(await withDatabases(files, started, tmp), { ...options, tmp, running });
    if (isWhole(files)) results.push(judgeCoverage(tmp));
    return report(results);
  } catch (error) {
    return stop(error.stack);
  } finally {
    for (const part of started.toReversed()) await part.stop();
    await rm(tmp, { recursive: true, force: true, maxRetries: 10 });
  }
}

function stop(reason) {
  console.error(`tests: ${reason}`);
  console.log('0 passed, 1 failed');
  return 1;
}

function parseArgs(args) {
  const options = { jobs: Math.min(2, availableParallelism()), timeoutMs: 300_000, names: [], rest: [] };
  for (const [index, arg] of args.entries()) {
    const value = Number(arg.split('=')[1]);
    if (arg === '--') return { ...options, rest: args.slice(index + 1) };
    if (arg === '--help') return usage;
    if (/^--jobs=[1-9]\d*$/.test(arg)) options.jobs = value;
    else if (/^--timeout=[1-9]\d*$/.test(arg)) options.timeoutMs = value * 1000;
    else if (arg.startsWith('-')) return `${arg} is not known; ${usage}`;
    else options.names.push(arg);
  }
  return options;
}

/**
 * All compiled tests, those whose name contains one of the parts, or exactly the .js files named by their path.
 * The longest ones lie in test/ and server/, so these start first and no processor idles at the end.
 */
function chooseFiles(names) {
  if (names.length > 0 && names.every((name) => name.endsWith('.js') && existsSync(name))) {
    return names.map((name) => ({ path: resolve(name), name: sourceName(resolve(name)) }));
  }
  const wanted = names.map((name) => name.replace(/^\.\//, ''));
  return packages
    .toReversed()
    .flatMap((name) => listFiles(at(name, 'dist'), (path) => path.endsWith('.test.js')))
    .map((path) => ({ path, name: sourceName(path) }))
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.name.includes(part)));
}

function sourceName(path) {
  return shortPath(path).replace(/(^|\/)dist\/(.*)\.js$/, '$1src/$2.ts');
}

/**
 * Starts one server for all files that open a database, and a second one where the machine has a PostgreSQL of its
 * own: those files then run twice. Answers the files with what each has to know; what is to be stopped again goes
 * into `started`.
 */
async function withDatabases(files, started, tmp) {
  const users = files.filter(({ path }) => /openTestDatabase|openStage/.test(readFileSync(path, 'utf8')));
  if (users.length === 0) return files;
  const url = pathToFileURL(at('server', 'dist', 'core', 'testing', 'postgres-for-tests.js'));
  const { startTestRun } = await import(url.href);
  async function start(databaseUrl) {
    const run = await startTestRun({ ...process.env, MUSTER_TEST_DATABASE_URL: databaseUrl });
    started.push(run);
    return run;
  }
  const embedded = await start(undefined);
  const first = files.map((file) => (users.includes(file) ? { ...file, env: embedded.env } : file));
  const outside = await startOutsidePostgres(tmp);
  if (!outside) {
    console.log('tests: this machine has no PostgreSQL of its own, so only the embedded one is tested');
    return first;
  }
  started.push(outside);
  const { env } = await start(outside.url);
  return [...first, ...users.map((file) => ({ ...file, name: `${file.name} (${outside.name})`, env }))];
}

async function runAll(files, options) {
  const waiting = files.map((file, index) => ({ ...file, index }));
  const results = [];
  async function work() {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const result = await runTestFile(file, options);
      results.push(result);
      console.log(describe(result));
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work));
  return results;
}

/** Coverage can only be judged when every test that contributes to it ran. */
function isWhole(files) {
  const all = chooseFiles(['protocol/']);
  return all.length > 0 && all.every(({ path }) => files.some((file) => file.path === path));
}

function judgeCoverage(tmp) {
  const gaps = findUncovered(coverageFolder(tmp), listGatedSources());
  const failures = gaps.map((gap) => ({ title: gap, text: '' }));
  const result = {
    name: 'branch coverage',
    passed: failures.length ? 0 : 1,
    failures,
    skips: [],
    ms: 0,
    log: '',
  };
  console.log(describe(result));
  return result;
}

function describe({ name, passed, failures, skips, ms, log }) {
  const skipped = skips.length ? `, ${skips.length} skipped` : '';
  const seconds = `${(ms / 1000).toFixed(1)} s`.padStart(7);
  const line = `${failures.length ? 'FAILED' : 'ok    '} ${seconds}  ${name}  ${passed} passed${skipped}`;
  if (failures.length === 0) return line;
  const details = failures.map(({ title, text }) => `  ✗ ${title}${text && `\n${indent(text)}`}`);
  const tail = log.trim() ? [`  what it printed:\n${indent(log.trim())}`] : [];
  return [line, ...details, ...tail, ''].join('\n');
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '      ').trimEnd();
}

function report(results) {
  const failures = results.flatMap((file) => file.failures.map(({ title }) => `${file.name}: ${title}`));
  const skips = results.flatMap((file) =>
    file.skips.map(({ title, reason }) => `${file.name}: ${title}: ${reason}`),
  );
  const passed = results.reduce((sum, file) => sum + file.passed, 0);
  if (skips.length) console.log(`\nSKIPPED, not proven on this machine:\n${indent(skips.join('\n'))}`);
  if (failures.length) console.log(`\nFAILED:\n${indent(failures.join('\n'))}`);
  console.log(
    `\n${passed} passed, ${failures.length} failed${skips.length ? `, ${skips.length} skipped` : ''}`,
  );
  return failures.length ? 1 : 0;
}

/** Test files run in process groups of their own, which the terminal's Ctrl-C does not reach. */
function abort(signal, running, tmp) {
  for (const end of running) end();
  rmSync(tmp, { recursive: true, force: true });
  console.error(`tests: stopped by ${signal}`);
  process.exit(130);
}
