// Runs one command line to its exit code; nothing here ends the process.
import type { Command } from 'commander';
import { completeWords } from './commands/completion.ts';
import { describeFailure } from './failure.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Runs the arguments (without node and script); resolves with the exit code. Data goes to stdout, messages to stderr. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await dispatch(program, args, terminal);
    return 0;
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    terminal.stderr.write(message);
    return exitCode;
  }
}

async function dispatch(program: Command, args: readonly string[], terminal: Terminal): Promise<void> {
  // Asked by the completion scripts only, so no command of its own.
  if (args[0] === 'complete' && args[1] === '--') await completeWords(program, args.slice(2), terminal);
  else if (args.length === 0) program.outputHelp();
  else await program.parseAsync([...args], { from: 'user' });
}
