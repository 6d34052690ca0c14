// Leaves everything runnable: compiles all packages, removes what deleted sources left, bundles the agent.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { at, listAll, listFiles, newestMs, packages, shortPath } from './workspace.mjs';

/** What esbuild makes: each bundle is one CommonJS file, because a single file keeps the agent 5 MB leaner. */
const bundles = [
  { entry: 'agent/src/main.ts', out: 'agent/dist/muster-agent.cjs' },
  { entry: 'agent/src/executor/main.ts', out: 'agent/dist/muster-executor.cjs' },
  { entry: 'agent/src/executor/start.ts', out: 'agent/dist/muster-executor.start.cjs' },
  { entry: 'agent/src/platform/probe-child.ts', out: 'agent/dist/probe.cjs' },
];

/** Anything that can change a bundle without its sources changing. */
const bundleSettings = [
  'pnpm-lock.yaml',
  'agent/package.json',
  'protocol/package.json',
  'test/tooling/build.mjs',
];

await main();

async function main() {
  const startedMs = performance.now();
  for (const name of packages) forgetLostOutput(name);
  if (!compile()) return stop('the type check failed; correct the lines above and build again');
  const removed = packages.flatMap(removeOrphans);
  for (const path of removed) console.log(`build: removed ${shortPath(path)}, its source is gone`);
  for (const bundle of bundles) {
    const fault = await makeBundle(bundle);
    if (fault) return stop(`the bundle of ${bundle.entry} failed: ${fault}`);
  }
  if (!compileAhead()) return stop('the executor could not be compiled ahead');
  const fault = await makeConsole();
  if (fault) return stop(`the console failed: ${fault}`);
  console.log(`build: ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

function stop(reason) {
  console.error(`build: ${reason}`);
  process.exitCode = 1;
}

function compile() {
  const tsc = at('node_modules', '@typescript', 'native', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b'], {
    cwd: at(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

/** The compiler believes its own record; where output is missing all the same, the record is dropped. */
function forgetLostOutput(name) {
  const record = at(name, 'dist', '.tsbuildinfo');
  if (!existsSync(record)) return;
  const lost = listFiles(at(name, 'src'), isSource).some((path) => {
    return statSync(path).mtimeMs < statSync(record).mtimeMs && !existsSync(outputOf(name, path));
  });
  if (lost) rmSync(record);
}

function isSource(path) {
  return path.endsWith('.ts') && !path.endsWith('.d.ts');
}

function outputOf(name, source) {
  return at(name, 'dist', source.slice(at(name, 'src').length + 1).replace(/\.ts$/, '.js'));
}

/** Removes compiled files whose source is gone: a test deleted from the sources must not run on. */
function removeOrphans(name) {
  const dist = at(name, 'dist');
  const made = /\.(?:js|js\.map|d\.ts|d\.ts\.map)$/;
  const orphans = listFiles(dist, (path) => made.test(path)).filter((path) => {
    const stem = path.slice(dist.length + 1).replace(made, '');
    return !existsSync(at(name, 'src', `${stem}.ts`));
  });
  for (const path of orphans) rmSync(path);
  return orphans;
}

/** Compiles the executor's bundle when that is newer than what was compiled. */
function compileAhead() {
  const [program, out] = ['cjs', 'bin'].map((end) => at('agent', 'dist', `muster-executor.${end}`));
  if (!existsSync(program)) return true;
  if (existsSync(out) && statSync(out).mtimeMs >= statSync(program).mtimeMs) return true;
  const args = [at('test', 'tooling', 'compile-ahead.mjs'), program, out];
  return spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** Checks and bundles the console when it is out of date; returns the fault in words, or nothing. */
async function makeConsole() {
  const folder = at('server/console');
  if (!existsSync(join(folder, 'index.html'))) return undefined;
  const out = join(folder, 'dist', 'index.html');
  const inputs = [
    ...listAll(join(folder, 'src')),
    ...listAll(join(folder, 'public')),
    ...['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'].map((name) => join(folder, name)),
    ...listAll(at('protocol/src')),
    ...listAll(at('docs')),
    at('server/cli/src/api/schema.d.ts'),
    at('pnpm-lock.yaml'),
  ];
  if (existsSync(out) && statSync(out).mtimeMs >= newestMs(inputs)) return undefined;
  const tsc = at('node_modules', '@typescript', 'native', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) return 'the type check found what stands above';
  // Found from the console's own folder: the tool is a dependency of the console only.
  const { build } = await import(
    pathToFileURL(createRequire(join(folder, 'package.json')).resolve('vite')).href
  );
  try {
    await build({ root: folder, logLevel: 'warn' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Bundles one entry when it is out of date; returns the fault in words, or nothing. */
async function makeBundle({ entry, out }) {
  if (!existsSync(at(entry))) return undefined;
  const inputs = [
    ...listAll(at('agent/src')),
    ...listAll(at('protocol/src')),
    ...bundleSettings.map((path) => at(path)),
  ];
  if (existsSync(at(out)) && statSync(at(out)).mtimeMs >= newestMs(inputs)) return undefined;
  const { build } = await import('esbuild');
  try {
    await build(bundleOptions(entry, out));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function bundleOptions(entry, out) {
  return {
    absWorkingDir: at(),
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['muster-source'],
    minifySyntax: true,
    // V8 keeps the source in memory, at two bytes a character if a single one (of a comment) is beyond Latin-1: without
    // comments and indentation the agent is 1.2 MB leaner. Names stay, and lines short, so that stacks can be read.
    minifyWhitespace: true,
    lineLimit: 160,
    sourcemap: 'external',
    legalComments: 'none',
    // optional native helpers of ws, which it does without
    external: ['bufferutil', 'utf-8-validate'],
    // CommonJS has no import.meta; what asks for its own place gets the bundle's
    define: { 'import.meta.url': '__bundleUrl' },
    banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
  };
}
