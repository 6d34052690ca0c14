// Keeps the walls of ARCHITECTURE.md: who may import whom, sizes, names, owners of tables, forms we do without.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { findCommentShares, findHeavyTails, findOversized, quantile } from './architecture/budgets.ts';
import { findBadForms, findEmptyNames, findSilentFiles } from './architecture/forms.ts';
import { apart, featureLevels, findLayer, layers, tableOwners } from './architecture/layers.ts';
import { parseSource, readSources, type Source } from './architecture/source.ts';
import { findForeignTables, findUnownedTables, namedTables } from './architecture/tables.ts';
import {
  findBreaches,
  findCycles,
  findDoors,
  findUnknownFeatures,
  findUnlisted,
} from './architecture/walls.ts';

type Rule = (sources: readonly Source[]) => string[];

/** Every rule, the sentence it stands for, and a small tree that breaks it in exactly the given places. */
const rules: readonly { says: string; rule: Rule; bad: Record<string, string>; places: readonly string[] }[] =
  [
    {
      says: 'imports follow the table of layers',
      rule: findBreaches,
      bad: {
        'protocol/src/a.ts': "import { readFileSync } from 'node:fs';\nimport '../../agent/src/main.ts';",
        'agent/src/collectors/cpu.ts':
          "import { x } from './memory.ts';\nimport type { Y } from '../connection/socket.ts';",
        'agent/src/collectors/disk.ts':
          "import { readText } from '../platform/files.ts';\nexport * from 'ws';",
        'agent/src/agent.ts':
          "import { cpu } from './collectors/index.ts';\nconst x = await import('@muster/server');",
        'agent/src/agent.test.ts': "import '@muster/server';\nimport '@muster/protocol';\nimport 'tap';",
        'server/src/features/devices/service.ts':
          "import { a } from '../inventory/index.ts';\nimport { b } from '../trust/store.ts';",
        'server/src/features/alerts/service.ts':
          "import { a } from '../inventory/index.ts';\nimport { b } from '../../core/db.ts';",
        'server/src/gateway/session.ts': "import { a } from '../features/devices/index.ts';",
        'server/src/app.ts':
          "import { a } from './features/devices/index.ts';\nimport { b } from './features/devices/store.ts';",
        'server/cli/src/main.ts':
          "type T = import('@muster/server').App;\nimport { Command } from 'commander';",
        'server/src/core/log.ts': "import { a } from './testing/database.ts';",
        'server/src/core/testing/database.ts': "import 'tap';\nimport '../log.ts';",
        'attic/src/a.ts': "import 'node:fs';",
      },
      places: [
        'protocol/src/a.ts:1',
        'protocol/src/a.ts:2',
        'agent/src/collectors/cpu.ts:1',
        'agent/src/collectors/cpu.ts:2',
        'agent/src/collectors/disk.ts:2',
        'agent/src/agent.ts:2',
        'agent/src/agent.test.ts:1',
        'server/src/features/devices/service.ts:1',
        'server/src/features/devices/service.ts:2',
        'server/src/gateway/session.ts:1',
        'server/src/app.ts:2',
        'server/cli/src/main.ts:1',
        'server/src/core/log.ts:1',
        'attic/src/a.ts:1',
      ],
    },
    {
      says: 'every feature has a level',
      rule: findUnknownFeatures,
      bad: { 'server/src/features/devices/index.ts': '', 'server/src/features/novelty/index.ts': '' },
      places: ['server/src/features/novelty:1'],
    },
    {
      says: 'no file imports itself in a circle',
      rule: findCycles,
      bad: {
        'agent/src/a.ts': "import type { B } from './b.ts';",
        'agent/src/b.ts': "export { c } from './c.ts';",
        'agent/src/c.ts': "import './a.ts';\nimport './d.ts';",
        'agent/src/d.ts': '',
      },
      places: ['agent/src/a.ts:1'],
    },
    {
      says: 'one file a package starts processes',
      rule: findDoors,
      bad: {
        'agent/src/platform/exec.ts': "import { spawn } from 'node:child_process';",
        'agent/src/collectors/cpu.ts': "\nconst x = require('child_process');",
        'agent/src/agent.test.ts': "import { spawn } from 'node:child_process';",
        'server/src/platform/process.ts': "import { spawn } from 'node:child_process';",
      },
      places: ['agent/src/platform/exec.ts:1', 'agent/src/collectors/cpu.ts:2'],
    },
    {
      says: 'every collector, kind and section is in its list; collectors and kinds have a test',
      rule: findUnlisted,
      bad: {
        'agent/src/collectors/collector.ts': '',
        'agent/src/collectors/index.ts': "import { cpu } from './cpu.ts';\nimport { disk } from './disk.ts';",
        'agent/src/collectors/cpu.ts': '',
        'agent/src/collectors/disk.ts': '',
        'agent/src/collectors/lost.ts': '',
        'protocol/src/inventory/sections.ts': "import { a } from './sections/a.ts';",
        'protocol/src/inventory/sections/a.ts': '',
        'protocol/src/inventory/sections/b.ts': '',
        'agent/src/collectors/hardware.test.ts': "import { cpu } from './cpu.ts';\nimport './lost.ts';",
      },
      places: [
        'agent/src/collectors/disk.ts:1',
        'agent/src/collectors/lost.ts:1',
        'protocol/src/inventory/sections/b.ts:1',
      ],
    },
    {
      says: 'only the owner of a table names it',
      rule: findForeignTables,
      bad: {
        'server/src/features/devices/tables.ts': "export const device = pgTable('device', {});",
        'server/src/features/devices/store.ts': "import './tables.ts';\nsql`SELECT 1 FROM device`;",
        'server/src/features/devices/routes.ts':
          "import './tables.ts';\nlog('read from device');\nsql`UPDATE device SET x = 1`;",
        'server/src/features/alerts/store.ts':
          "import '../devices/tables.ts';\nsql`SELECT 1 FROM alert JOIN device USING (idx)`;",
        'server/src/features/alerts/tables.ts':
          "export const a = pgTable('alert', {});\nexport const b = pgTable('device', {});",
      },
      places: [
        'server/src/features/devices/routes.ts:3',
        'server/src/features/alerts/store.ts:2',
        'server/src/features/devices/routes.ts:1',
        'server/src/features/alerts/store.ts:1',
        'server/src/features/devices/tables.ts:1',
        'server/src/features/alerts/tables.ts:1',
      ],
    },
    {
      says: 'every file opens with a sentence about itself',
      rule: findSilentFiles,
      bad: {
        'agent/src/a.ts': '// Reads the clock.\nexport const a = 1;',
        'agent/src/b.ts': "import 'node:fs';",
        'agent/src/c.ts': '// Reads the clock',
        'agent/src/d.ts': '#!/usr/bin/env node\n// Reads the clock.',
        'agent/src/e.ts': '/* Reads the clock. */',
      },
      places: ['agent/src/b.ts:1', 'agent/src/c.ts:1', 'agent/src/e.ts:1'],
    },
    {
      says: 'no file is called utils, helpers, common or misc',
      rule: findEmptyNames,
      bad: {
        'agent/src/utils.ts': '',
        'agent/src/common/a.ts': '',
        'agent/src/string-helpers.ts': '',
        'agent/src/uncommon.ts': '',
      },
      places: ['agent/src/utils.ts:1', 'agent/src/common/a.ts:1', 'agent/src/string-helpers.ts:1'],
    },
    {
      says: 'no any, no !, no empty catch, no skipped test, no node global in protocol',
      rule: findBadForms,
      bad: {
        'agent/src/a.ts':
          'const a: any = 1;\nconst b = a!.x;\ntry { b(); } catch {}\n// @ts-ignore why\nif (!a !== b) c();',
        'agent/src/b.ts': "function listActivities() { return 'activity'; }",
        'agent/src/a.test.ts': "t.skip('later');\nt.test('x', { skip: 'no rpm here' });\nlist.skip(3);",
        'protocol/src/a.ts': 'Buffer.from([]);\nconst x = { process: 1 };\nx.process;\nprocess.exit();',
        'protocol/src/a.test.ts': 'process.exit();',
      },
      places: [
        'agent/src/a.ts:1',
        'agent/src/a.ts:2',
        'agent/src/a.ts:3',
        'agent/src/a.ts:4',
        'agent/src/b.ts:1',
        'agent/src/a.test.ts:1',
        'protocol/src/a.ts:1',
        'protocol/src/a.ts:4',
      ],
    },
    {
      says: 'files, functions, parameters and complexity keep their limits',
      rule: findOversized,
      bad: {
        'agent/src/a.ts': '\n'.repeat(401),
        'agent/src/b.ts': `function long() {${'\n'.repeat(80)}}\nfunction wide(a, b, c, d) {}\nfunction fine(this: T, a, b, c) {}`,
        'agent/src/c.ts': `\nconst deep = () => ${'a && '.repeat(12)}b;\nfunction flat() { ${'f(() => a && b);'.repeat(20)} }`,
        'agent/src/a.test.ts': '\n'.repeat(1000),
        'protocol/src/generated/validators.ts': '\n'.repeat(1000),
      },
      places: ['agent/src/a.ts:1', 'agent/src/b.ts:1', 'agent/src/b.ts:82', 'agent/src/c.ts:2'],
    },
    {
      says: 'most files and functions are short',
      rule: findHeavyTails,
      bad: { 'agent/src/a.ts': `${'\n'.repeat(250)}function a() {${'\n'.repeat(60)}}` },
      places: ['workspace:1', 'workspace:1', 'workspace:1'],
    },
    {
      says: 'protocol explains its fields, and the rest does not talk too much',
      rule: findCommentShares,
      bad: {
        'protocol/src/a.ts':
          '// One.\nconst a = 1;\nconst b = "// no comment";\n\n\nconst c = `// none`; const d = 1;',
        'agent/src/a.ts': '/* One\n two\n three */\nconst a = 1;\n/** Four. */\nfunction b() {\n  // five\n}',
      },
      places: ['protocol:1', 'agent:1'],
    },
    {
      says: 'the description of a field counts as its comment',
      rule: findCommentShares,
      bad: {
        'protocol/src/a.ts':
          "const a = {\n  one: { description: 'One.' },\n  two: { description: 'Two.' },\n};",
      },
      places: [],
    },
  ];

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = readSources(root);

function readMigrations(): { path: string; text: string }[] {
  const folder = 'server/migrations';
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.sql'));
  return names.map((name) => ({
    path: `${folder}/${name}`,
    text: readFileSync(join(root, folder, name), 'utf8'),
  }));
}

t.test('the sources of the workspace', async (t) => {
  t.ok(sources.length > 0, 'are found');
  for (const { says, rule } of rules) {
    await t.test(says, async (t) => tell(t, rule(sources), says));
  }
  await t.test('every table has an owner', async (t) => {
    tell(t, findUnownedTables(readMigrations()), 'tables and owners');
  });
});

t.test('the rules find what breaks them and nothing else', async (t) => {
  for (const { says, rule, bad, places } of rules) {
    const found = rule(Object.entries(bad).map(([path, text]) => parseSource(path, text)));
    const where = found.map((finding) => finding.split(' ')[0]);
    t.same([...where].sort(), [...places].sort(), `${says}: ${found.join(' | ')}`);
  }
});

t.test('a table without an owner and an owner without a table are found', async (t) => {
  const text = '-- CREATE TABLE none (\nCREATE TABLE device (\nCREATE TABLE orphan (';
  const found = findUnownedTables([{ path: 'server/migrations/0001.sql', text }]);
  t.match(found[0], 'server/migrations/0001.sql:3 makes the table orphan');
  t.ok(found.slice(1).every((finding) => / gives an owner to (?!device,)/.test(finding)));
  t.equal(found.length, 1 + Object.keys(tableOwners).length - 1);
});

t.test('the tables the rules are read from are sound', async (t) => {
  const names = new Set(layers.map(({ name }) => name));
  for (const { name, may } of layers) {
    for (const other of may.filter((entry) => !entry.endsWith('/*')))
      t.ok(names.has(other), `${name} names ${other}`);
  }
  for (const { layer } of apart) t.ok(names.has(layer), `the side-by-side layer ${layer} is in the table`);
  t.ok(
    Object.values(featureLevels).every((level) => Number.isInteger(level) && level >= 0),
    'levels are whole numbers',
  );
  t.equal(findLayer('agent/src/limits.ts')?.name, 'agent/base', 'a file beats its folder');
  t.equal(
    findLayer('agent/src/platform/linux/proc.ts')?.name,
    'agent/platform',
    'a longer folder beats a shorter one',
  );
  t.equal(findLayer('docs/a.ts'), undefined, 'a file outside all folders has no layer');
  t.equal(quantile([5, 1, 4, 2, 3], 0.5), 3);
  t.same(
    namedTables(
      'with x as (delete from a where b) insert into "c" select * from only d join lateral e on true',
    ),
    [
      { table: 'a', writes: true },
      { table: 'c', writes: true },
      { table: 'd', writes: false },
      { table: 'lateral', writes: false },
    ],
    'statements name their tables',
  );
  t.same(
    namedTables(
      'WITH device AS (SELECT 1 FROM lease), b (c) AS MATERIALIZED (SELECT 2) SELECT * FROM device JOIN b',
    ),
    [{ table: 'lease', writes: false }],
    'names of their own are none',
  );
  t.same(namedTables('read from device'), [], 'prose is no statement');
});

/** One failure a finding, so that each can be read as `file:line sentence`. */
function tell(t: Test, findings: readonly string[], says: string): void {
  if (findings.length === 0) t.pass(says);
  for (const finding of findings) t.fail(finding, { at: null, stack: '', source: '' });
}
