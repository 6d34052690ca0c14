// Proves that the build, the test runner and the generator notice what they promise to notice.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs one of the tooling scripts of a workspace; answers its exit code and everything it printed. */
function run(
  folder: string,
  script: string,
  args: readonly string[] = [],
): { code: number | null; text: string } {
  const path = join(folder, 'test', 'tooling', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, text: stdout + stderr };
}

/** Writes test files that import tap and runs them; answers like `run`, with the last line apart. */
function runFiles(t: Test, files: Record<string, string>, args: readonly string[] = []) {
  const folder = t.testdir(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, `import t from 'tap';\n${text}`])),
  );
  const paths = Object.keys(files).map((name) => join(folder, name));
  const result = run(root, 'run-tests.mjs', [...args, ...paths]);
  return { ...result, last: result.text.trimEnd().split('\n').at(-1) };
}

t.test('the test runner counts leaves and ends with the plain line', async (t) => {
  const good = runFiles(t, {
    'a.test.js':
      "t.test('one', async (t) => { t.ok(true); await t.test('two', async (t) => { t.equal(1, 1); }); });",
    'b.test.js': "t.test('rpm', { skip: 'no rpm on this machine' }, async () => {});\nt.ok(true);",
  });
  t.equal(good.code, 0);
  t.equal(good.last, '3 passed, 0 failed, 1 skipped');
  t.match(good.text, 'b.test.js: rpm: no rpm on this machine', 'the reason of a skip is shown');

  const bad = runFiles(t, {
    'a.test.js': "t.test('sum', async (t) => { t.equal(1 + 1, 3, 'adds'); t.ok(true); });",
    'b.test.js': "t.test('boom', async (t) => { t.ok(true); throw new Error('broken'); });",
    'c.test.js': "t.test('plan', (t) => { t.plan(2); t.ok(true); t.end(); });",
  });
  t.equal(bad.code, 1);
  t.equal(bad.last, '3 passed, 3 failed');
  for (const name of ['sum › adds', 'boom › broken', 'plan › test count'])
    t.match(bad.text, name, `names ${name}`);
});

t.test('a crash, a hang, an empty file and anything left behind count as failed', async (t) => {
  const ended = runFiles(t, {
    'code.test.js': 't.ok(true); setTimeout(() => process.exit(3), 50);',
    'signal.test.js': "t.ok(true); process.kill(process.pid, 'SIGKILL');",
    'empty.test.js': '',
  });
  t.equal(ended.last, '2 passed, 3 failed', ended.text);
  for (const text of ['ended with code 3', 'ended by SIGKILL', 'has no tests']) t.match(ended.text, text);

  // Nothing passes here: in so short a time a slow machine has not even loaded tap.
  const late = runFiles(
    t,
    {
      'hang.test.js':
        "t.test('waits', async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); });",
      'spin.test.js': 'for (;;);',
    },
    ['--timeout=3'],
  );
  t.equal(late.last, '0 passed, 2 failed', late.text);
  t.match(late.text, 'ended after 3 s');

  const left = runFiles(t, {
    'left.test.js': `
      import { spawn } from 'node:child_process';
      import { mkdtempSync } from 'node:fs';
      import { tmpdir } from 'node:os';
      mkdtempSync(tmpdir() + '/muster-');
      const wait = [process.execPath, ['-e', 'setTimeout(() => {}, 60000)']];
      spawn(...wait, { detached: true, stdio: 'inherit' }).unref();
      spawn(...wait, { env: {}, stdio: 'inherit' }).unref();
      t.ok(true);`,
  });
  t.equal(
    left.last,
    existsSync('/proc/self/environ') ? '1 passed, 3 failed' : '1 passed, 1 failed',
    left.text,
  );
  t.match(left.text, /left muster-\w+ in the temporary folder/);
});

t.test('a name that matches nothing or an unknown flag is a failure', async (t) => {
  for (const args of [['no-such-test'], ['--no-such-flag']]) {
    const { code, text } = run(root, 'run-tests.mjs', args);
    t.equal(code, 1);
    t.match(text, /^0 passed, 1 failed$/m, args.join(' '));
  }
});

/** A workspace of one package with this repository's tooling. */
function makeWorkspace(t: Test): string {
  const config = {
    extends: '../tsconfig.base.json',
    compilerOptions: { rootDir: 'src', outDir: 'dist' },
    include: ['src'],
  };
  const folder = t.testdir({
    'package.json': '{ "type": "module" }',
    'tsconfig.json': '{ "files": [], "references": [{ "path": "./protocol" }] }',
    node_modules: t.fixture('symlink', join(root, 'node_modules')),
    protocol: {
      'tsconfig.json': JSON.stringify(config),
      src: {
        'chunk.ts':
          "// Chooses.\nexport function choose(a: boolean, b?: string): string {\n  return a ? (b ?? 'none') : 'other';\n}\n",
        'chunk.test.ts':
          "// Test.\nimport t from 'tap';\nimport { choose } from './chunk.ts';\nt.equal(choose(true, 'x'), 'x');\n",
        'gone.test.ts': "// Test.\nimport t from 'tap';\nt.pass();\n",
      },
    },
    test: {},
  });
  cpSync(join(root, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'));
  cpSync(join(root, 'test', 'tooling'), join(folder, 'test', 'tooling'), { recursive: true });
  return folder;
}

t.test('the build follows its sources, and coverage of what must be covered is demanded', async (t) => {
  const folder = makeWorkspace(t);
  const source = (name: string) => join(folder, 'protocol', 'src', name);
  const output = (name: string) => join(folder, 'protocol', 'dist', name);
  t.equal(run(folder, 'build.mjs').code, 0);
  t.ok(existsSync(output('gone.test.js')));

  const gaps = run(folder, 'run-tests.mjs');
  t.match(gaps.text, "protocol/src/chunk.ts:3 never ran: ?? 'none'", 'an untested branch is found');
  t.match(gaps.text, "protocol/src/chunk.ts:3 never ran: : 'other'", 'and each one by itself');
  t.match(gaps.text, /^2 passed, 2 failed$/m);

  rmSync(source('gone.test.ts'));
  rmSync(output('chunk.js'));
  writeFileSync(
    source('chunk.test.ts'),
    "// Test.\nimport t from 'tap';\nimport { choose } from './chunk.ts';\nt.same([choose(true), choose(true, 'x'), choose(false)], ['none', 'x', 'other']);\n",
  );
  t.match(run(folder, 'build.mjs').text, 'removed protocol/dist/gone.test.js');
  t.notOk(existsSync(output('gone.test.js')), 'a test whose source is gone runs no more');
  t.ok(existsSync(output('chunk.js')), 'output that was lost is made again');
  t.match(run(folder, 'run-tests.mjs').text, /^2 passed, 0 failed$/m, 'all branches covered');

  writeFileSync(source('unused.ts'), '// Only a type and a function nobody tests.\nexport type A = 1;\n');
  cpSync(source('chunk.ts'), source('chunk-two.ts'));
  t.equal(run(folder, 'build.mjs').code, 0);
  t.match(run(folder, 'run-tests.mjs').text, 'protocol/src/chunk-two.ts:1 is never loaded by a test');

  writeFileSync(source('wrong.ts'), "// Wrong.\nexport const n: number = 'x';\n");
  const broken = run(folder, 'build.mjs');
  t.equal(broken.code, 1);
  t.match(broken.text, 'protocol/src/wrong.ts');
  t.match(broken.text, 'build: the type check failed');
});

t.test('every generated file is what its sources make', async (t) => {
  const { code, text } = run(root, 'generate.mjs', ['--check']);
  t.equal(code, 0, text);
});
