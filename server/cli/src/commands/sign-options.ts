// Options of commands that sign something of somebody, and of those that ask before.
import type { Command } from 'commander';

/** Which key signs, and how it is opened. */
export interface SignOptions {
  readonly key?: string;
  readonly passphraseFile?: string;
}

/** The same for what is shown and asked about first. */
export interface ApproveOptions extends SignOptions {
  readonly yes?: true;
}

/** Adds the first two. */
export function addSignOptions(command: Command): Command {
  return command
    .option('--key <key>', 'key that signs, by name or file (default: the one that may)')
    .option('--passphrase-file <file>', 'file with the passphrase of the key');
}

/** Adds all three. */
export function addApproveOptions(command: Command): Command {
  return addSignOptions(command).option('--yes', 'sign without asking');
}
