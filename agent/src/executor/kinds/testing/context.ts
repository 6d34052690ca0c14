// What tests of kinds share: throw-away roots, a context that starts programs for real, and a way to carry a check out.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Content } from '@muster/protocol/commands';
import { MAX_OUTPUT_BYTES } from '@muster/protocol/commands';
import type { Check, Ended, InsideOutcome, Kind, KindContext, Program } from '../kind.ts';

/** Starts a program as the executor does: no shell, an environment of its own, output bounded from the front. */
function runProgram(program: Program): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.path, [...program.args], {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', LC_ALL: 'C', ...program.env },
      // A pipe of ours is a socket, and bash reads ~/.bashrc when its input is one.
      stdio: [program.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    const max = program.maxOutputBytes ?? MAX_OUTPUT_BYTES;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (part: Buffer) => {
        output = (output + part.toString('utf8')).slice(-max);
      });
    const timer = setTimeout(() => child.kill('SIGKILL'), program.timeoutMs);
    child.once('error', reject);
    child.once('close', (exit, signal) => {
      clearTimeout(timer);
      resolve({ exit, signal, timedOut: false, output });
    });
    // A program that never reads its input closes the pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(program.stdin);
  });
}

/** A throw-away root; the test removes it at its end. */
export function makeRoot(
  t: { teardown(work: () => void): void },
  files: Readonly<Record<string, string>> = {},
): string {
  const root = mkdtempSync(join(tmpdir(), 'muster-kinds-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) plant(root, path, text);
  return root;
}

/** Writes a file below a root, with its folders. */
export function plant(root: string, path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

/** A context that starts programs for real. */
export function makeContext(root: string, changes: Partial<KindContext> = {}): KindContext {
  return {
    root,
    bootId: 'boot-1',
    asked: {
      ...{ cmdId: `cmd_${'a'.repeat(26)}`, deviceId: `dev_${'a'.repeat(26)}` },
      ...{ requester: 'ann', reason: 'a test' },
    },
    read: runProgram,
    content: async () => {
      throw new Error('this test has no content');
    },
    now: () => Date.now(),
    ...changes,
  };
}

/** A content document around a body. */
export function makeContent(changes: Partial<Content>): Content {
  return {
    v: 1,
    org: `org_${'a'.repeat(26)}`,
    use: 'script',
    name: 'a script',
    sha256: 'A'.repeat(43),
    sizeBytes: 1,
    interpreter: 'sh',
    parameters: [],
    place: null,
    runAs: [],
    stdin: false,
    timeoutMs: 60_000,
    okExits: [0],
    at: '2026-01-01T00:00:00.000Z',
    requester: 'ann',
    reason: 'a test',
    trustVersion: 1,
    ...changes,
  };
}

/** How a kind ended when its check was carried out; a refusal or nothing to do is its own end. */
export interface Carried {
  readonly check: Check;
  readonly ended?: Ended;
  readonly outcome?: InsideOutcome;
  /** What verify says after an effect. */
  readonly missing?: string | null;
}

/** Check, effect, verify: the course of a run without journal and spool. */
export async function carryOut<Args>(kind: Kind<Args>, args: Args, context: KindContext): Promise<Carried> {
  const check = await kind.check(args, context);
  if (check.state !== 'act' || check.effect.where === 'core') return { check };
  if (check.effect.where === 'inside') {
    const outcome = await check.effect.run(new AbortController().signal);
    return { check, outcome, missing: await kind.verify(args, context) };
  }
  const ended = await runProgram(check.effect.program);
  return { check, ended, missing: await kind.verify(args, context) };
}
