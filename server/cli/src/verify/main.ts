#!/usr/bin/env node
// The program `muster-verify`: verifies an export of the audit and ends with its exit code.
import { processTerminal } from '../terminal.ts';
import { runVerify } from './program.ts';

process.exitCode = await runVerify(process.argv.slice(2), processTerminal());
