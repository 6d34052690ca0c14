// A workstation for tests: the command line with a sign-in and keys of its own, and the server's program on its host.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { makeFolder } from './server.ts';

const isSource = import.meta.url.endsWith('.ts');

/** A program of the workspace, from source or as it was built. */
function programAt(folder: string): string[] {
  const place = (path: string) => fileURLToPath(new URL(`../../../${folder}/${path}`, import.meta.url));
  return isSource
    ? ['--conditions=muster-source', '--import', 'tsx', place('src/main.ts')]
    : [place('dist/main.js')];
}

/** How a program ended, and what it said where. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function runProgram(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [...args], { env: { PATH: process.env.PATH, TZ: 'UTC' } });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

/** Words of a line; single quotes keep blanks together. */
function words(line: string): string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
}

/** Runs the server's program, as an admin does on its host. */
export const hostCommand = (line: string) => runProgram([...programAt('server'), ...words(line)]);

/** The command line without a process of its own: dozens of starts would be most of the time of this file. */
const { runCommandLine }: { runCommandLine(args: readonly string[], terminal: object): Promise<number> } =
  await import(
    new URL(isSource ? '../../../server/cli/src/run.ts' : '../../../server/cli/dist/run.js', import.meta.url)
      .href
  );

/** Runs a line without a terminal, so that nobody can be asked. */
async function runHere(
  line: string | readonly string[],
  { env, input }: { env: Record<string, string>; input: string },
): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await runCommandLine(typeof line === 'string' ? words(line) : line, {
    env,
    now: Date.now,
    stdin: Readable.from([input]),
    stdout: {
      write(text: string) {
        out += text;
      },
    },
    stderr: {
      write(text: string) {
        err += text;
      },
    },
  });
  return { code, out, err };
}

/** A workstation: its own sign-in and its own keys. */
export async function makeWorkstation(t: Test, name: string) {
  const home = await makeFolder(t, name);
  const passphraseFile = join(home, 'passphrase');
  writeFileSync(passphraseFile, `four words of ${name}\n`);
  const env = { TZ: 'UTC', XDG_CONFIG_HOME: home, MUSTER_PASSPHRASE_FILE: passphraseFile };
  const run = (
    line: string | readonly string[],
    more: { env?: Record<string, string>; input?: string } = {},
  ) => runHere(line, { input: more.input ?? '', env: { ...env, ...more.env } });
  /** Runs a line that must succeed, and answers what it printed. */
  async function done(t: Test, line: string): Promise<Ended> {
    const ended = await run(line);
    t.equal(ended.code, 0, `${line}: ${ended.err}`);
    return ended;
  }
  return { home, run, done, file: (path: string) => join(home, path) };
}

/** One of them. */
export type Workstation = Awaited<ReturnType<typeof makeWorkstation>>;

/** Signs a workstation in with a token. */
export async function signIn(
  t: Test,
  { run }: Workstation,
  at: { url: string; dataDir: string; token: string },
) {
  const { code, err } = await run(
    `login --url ${at.url} --ca-file ${join(at.dataDir, 'tls', 'ca.pem')} --token-file -`,
    { input: at.token },
  );
  t.equal(code, 0, err);
}
