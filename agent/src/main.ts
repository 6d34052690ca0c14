#!/usr/bin/env node
// The agent's program: reads the command line, runs one command, and turns failures into messages and exit codes.
import { isMusterError } from '@muster/protocol';
import { runCollect } from './commands/collect.ts';
import type { CommandContext } from './commands/command.ts';
import { type CommandLine, parseCommandLine, readConfig } from './commands/command-line.ts';
import { runDoctor } from './commands/doctor.ts';
import { runEnroll } from './commands/enroll.ts';
import { runAgent } from './commands/run.ts';
import { runStatus } from './commands/status.ts';
import { runUnenroll } from './commands/unenroll.ts';
import { USAGE } from './commands/usage.ts';
import { runWitness } from './commands/witness.ts';
import { RefusedError } from './connection/opening.ts';
import { fail } from './errors.ts';
import { isDiskFull, isSystemError } from './platform/storage.ts';
import { AGENT_VERSION } from './version.ts';

/** A command; it may return an exit code. */
type Command = (context: CommandContext) => Promise<number | undefined> | Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  run: runAgent,
  enroll: runEnroll,
  status: runStatus,
  doctor: runDoctor,
  collect: runCollect,
  unenroll: runUnenroll,
  witness: runWitness,
};

/** Exit codes by error code; anything else that is expected is 1. */
const exitCodes: Readonly<Record<string, number>> = {
  E_USAGE: 2,
  E_CONFIG: 2,
  E_NOT_ENROLLED: 3,
  E_CONNECT: 5,
  E_TIMEOUT: 5,
};

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function run(line: CommandLine): Promise<number> {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  if (line.flags.version === true) {
    print(AGENT_VERSION);
    return 0;
  }
  if (line.flags.help === true || line.command === 'help') {
    print(USAGE.trimEnd());
    return 0;
  }
  const command = Object.hasOwn(commands, line.command) ? commands[line.command] : undefined;
  if (command === undefined) {
    const what = line.command === '' ? 'No command was given' : `There is no command ${line.command}`;
    throw fail('E_USAGE', { detail: `${what}; muster-agent --help shows them.` });
  }
  const code = await command({ line, config: await readConfig(line, process.env), print, say });
  return code ?? 0;
}

/** A file that is missing, full or forbidden is no bug of ours: one sentence, not a stack. */
function nameFileError(cause: unknown): unknown {
  if (isMusterError(cause) || !isSystemError(cause)) return cause;
  if (isDiskFull(cause)) return fail('E_DISK_FULL', { cause });
  return fail('E_FILE', { cause, detail: `A file cannot be read or written: ${cause.message}.` });
}

async function main(): Promise<number> {
  try {
    return await run(parseCommandLine(process.argv.slice(2)));
  } catch (thrown) {
    const error = nameFileError(thrown);
    if (error instanceof RefusedError) {
      say(`${error.message} (${error.code})`);
      return 4;
    }
    if (!isMusterError(error)) throw error;
    say(`${error.message} (${error.code})`);
    return exitCodes[error.code] ?? 1;
  }
}

// Whoever reads our output may stop reading, as `head` does; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // Not an expected failure: show it whole, so that it can be reported.
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 70;
  },
);
