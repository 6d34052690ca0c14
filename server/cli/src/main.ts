#!/usr/bin/env node
// The program `muster`: runs one command in this terminal and ends with its exit code.
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

// `muster devices | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
