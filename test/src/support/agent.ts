// The real agent as it ships, on a state folder of its own: its commands, and the running program.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentProgram, type Program, startNode, type TestLike } from './processes.ts';
import { makeFolder, type TestServer } from './server.ts';
import { until } from './wait.ts';

/** Time an agent may take to stop before it is killed, ms: far more than it needs on a busy machine, since the file fails by it. */
const STOP_MS = 60_000;
/** Lines of its log that explain why it did not. */
const LAST_LINES = 20;

/** What a command of the agent came to. */
export interface CommandEnd {
  readonly code: number | string;
  readonly output: string;
}

/** What the agent writes down about itself. */
export interface StatusFile {
  readonly pid: number;
  readonly connection: { readonly state: string; readonly code?: string; readonly why?: string };
  readonly outbox: { readonly depth: number; readonly diskFull: boolean };
}

/** An agent on this machine with a state folder of its own. */
export interface TestAgent {
  readonly stateDir: string;
  /** Runs a command to its end. */
  command(...words: readonly string[]): Promise<CommandEnd>;
  /** Runs the enrollment at that address with the token on standard input. */
  tryEnroll(url: string, token: string, ...flags: readonly string[]): Promise<CommandEnd>;
  /** Enrolls with a new token, approved at once; answers the device id. */
  enroll(server: TestServer, ...flags: readonly string[]): Promise<string>;
  /** Starts it; it is stopped when the test ends, unless it was before. */
  start(...flags: readonly string[]): Program;
  /** The status file once `fits` says yes. */
  status(what: string, fits: (status: StatusFile) => boolean): Promise<StatusFile>;
  /** A JSON file of the state folder; null when there is none. */
  readState<T>(name: string): Promise<T | null>;
}

/** Stops an agent, which takes its executor along. One that does not stop in that time is killed, and the test file fails. */
export async function stopAgent(program: Program, patienceMs = STOP_MS): Promise<void> {
  let isOver = false;
  void program.ended.then(() => {
    isOver = true;
  });
  program.signal('SIGTERM');
  const inVain = await until('the agent has stopped', () => isOver, patienceMs).then(
    () => null,
    (error: unknown) => error,
  );
  if (inVain === null) return;
  const said = program.output().trimEnd().split('\n').slice(-LAST_LINES);
  await program.kill();
  // Thrown at the end of a test it would keep tap from what else there is to tidy up.
  process.exitCode = 1;
  const why = `The agent of process ${program.pid} was told to stop and did not: ${inVain}. It was killed. The last that it said:`;
  process.stderr.write(`${[why, ...said].join('\n')}\n`);
}

/** A deny list of the device's owner that keeps policies from acting on the machine that tests run on. */
async function denyPolicies(t: TestLike): Promise<readonly string[]> {
  const folder = await makeFolder(t, 'deny');
  const rule = { kinds: ['policy.*'], reason: 'Tests do not change the machine they run on.' };
  await writeFile(join(folder, 'policies.json'), JSON.stringify(rule));
  return ['--deny-dir', folder];
}

/** Makes an agent; nothing runs yet. Policies do not act through it, unless it is started with a `--deny-dir` of the test's own. */
export async function makeAgent(t: TestLike, folder?: string): Promise<TestAgent> {
  const stateDir = folder ?? join(await makeFolder(t, 'agent'), 'state');
  const denied = await denyPolicies(t);

  async function run(words: readonly string[], input = ''): Promise<CommandEnd> {
    const program = startNode(t, agentProgram(...words, '--state-dir', stateDir), input);
    const code = await program.ended;
    return { code, output: program.output() };
  }

  function tryEnroll(url: string, token: string, ...flags: readonly string[]): Promise<CommandEnd> {
    return run(['enroll', '--server', url, '--token-file', '-', ...flags], `${token}\n`);
  }

  async function readState<T>(name: string): Promise<T | null> {
    try {
      return JSON.parse(await readFile(join(stateDir, name), 'utf8'));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  return {
    stateDir,
    command: (...words) => run(words),
    tryEnroll,
    async enroll(server, ...flags) {
      const token = await server.enrollmentToken();
      const { code, output } = await tryEnroll(server.url, token, ...flags);
      const [id] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
      if (code !== 0 || id === undefined) throw new Error(`enrollment ended with ${code}: ${output}`);
      return id;
    },
    start(...flags) {
      const deny = flags.includes('--deny-dir') ? [] : denied;
      const program = startNode(t, agentProgram('run', '--state-dir', stateDir, ...deny, ...flags));
      // Its folder is removed next.
      t.teardown(() => stopAgent(program));
      return program;
    },
    status: (what, fits) =>
      until(what, async () => {
        const status = await readState<StatusFile>('status.json');
        return status !== null && fits(status) ? status : undefined;
      }),
    readState,
  };
}
