// Writes every generated file from its sources; with --check it only says which ones are out of date.
//
// To add one, add a line to `steps`: the file it makes, the sources without which there is nothing to make yet,
// and a function that answers the new text. Sources are loaded as TypeScript, so nothing need be built before.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderConfiguration, renderErrors } from './pages.mjs';
import { at, root } from './workspace.mjs';

/** In order: later steps may load what earlier ones wrote. */
const steps = [
  {
    out: 'protocol/src/generated/validators.ts',
    needs: ['protocol/tooling/generate-validators.mjs', 'protocol/src/schemas.ts'],
    run: makeValidators,
  },
  {
    out: 'protocol/src/generated/policy-validators.ts',
    needs: ['protocol/tooling/generate-policy-validators.mjs', 'protocol/src/policy/document/schema.ts'],
    run: makeValidators,
  },
  {
    out: 'docs/errors.md',
    needs: [
      'protocol/src/errors.ts',
      'agent/src/errors.ts',
      'server/src/errors.ts',
      'server/cli/src/errors.ts',
    ],
    run: (...modules) => renderErrors(Object.assign({}, ...modules)),
  },
  {
    out: 'docs/configuration.md',
    needs: ['server/src/config.ts', 'agent/src/config.ts'],
    run: (server, agent) => renderConfiguration(server, agent, at('agent/src/commands/command-line.ts')),
  },
  {
    out: 'docs/policy.schema.json',
    needs: ['protocol/src/policy/index.ts'],
    run: ({ policySchema }) => `${JSON.stringify(policySchema, null, 2)}\n`,
  },
  {
    out: 'docs/openapi.json',
    needs: ['server/src/openapi.ts'],
    run: async (server) => `${JSON.stringify(await server.readOpenApi(), null, 2)}\n`,
  },
  {
    out: 'server/cli/src/api/schema.d.ts',
    needs: ['docs/openapi.json'],
    run: makeApiTypes,
  },
];

const flags = ['--conditions=muster-source', '--import', 'tsx'];
process.exitCode = process.execArgv.includes(flags[0]) ? await main(process.argv.slice(2)) : restart();

/** TypeScript sources can be loaded only by a process that was started with the loader. */
function restart() {
  const args = [...flags, ...process.argv.slice(1)];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

async function main(args) {
  const check = args.includes('--check');
  let stale = 0;
  for (const step of steps) {
    const missing = step.needs.filter((path) => !existsSync(at(path)));
    if (missing.length) {
      console.log(`generate: ${step.out} left out, there is no ${missing.join(', ')} yet`);
    } else if (await isCurrent(step, check)) {
      console.log(`generate: ${step.out} is up to date`);
    } else {
      stale++;
      console.log(`generate: ${step.out} ${check ? 'is out of date; run pnpm generate' : 'written'}`);
    }
  }
  return check && stale > 0 ? 1 : 0;
}

/** True when the file holds what the step makes; otherwise it is written, unless this is only a check. */
async function isCurrent({ out, needs, run }, check) {
  const text = await run(...(await Promise.all(needs.map(load))));
  const before = existsSync(at(out)) ? readFileSync(at(out), 'utf8') : undefined;
  if (before !== text && !check) writeFileSync(at(out), text);
  return before === text;
}

function load(path) {
  return path.endsWith('.ts') ? import(pathToFileURL(at(path)).href) : at(path);
}

/** The protocol keeps its own generators; they write where they are told. */
async function makeValidators(generator) {
  const folder = mkdtempSync(join(tmpdir(), 'muster-generate-'));
  try {
    const target = join(folder, 'validators.ts');
    const result = spawnSync(process.execPath, [...flags, generator, target], {
      cwd: root,
      encoding: 'utf8',
    });
    if (result.status !== 0) throw new Error(`${generator} failed: ${result.stderr}`);
    return readFileSync(target, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeApiTypes(documentPath) {
  const { default: openapiTS, astToString } = await import('openapi-typescript');
  const types = astToString(await openapiTS(JSON.parse(readFileSync(documentPath, 'utf8'))));
  return `// Types of the server's API, generated from docs/openapi.json by \`pnpm generate\`; do not edit.\n${types}`;
}
