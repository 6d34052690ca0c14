// `muster keys`: key files of this workstation, which sign commands and trust documents.

import { decodeBase64url, encodeBase64url, fingerprint } from '@muster/protocol';
import type { Command } from 'commander';
import { pageOf } from '../api/pages.ts';
import { sealKey } from '../keys/key-file.ts';
import { findKey, keyFolderOf, keyPath, listKeys, writeKeyFile } from '../keys/key-folder.ts';
import { readNewPassphrase, unlockKey } from '../keys/passphrase.ts';
import { makeSigningKey, nodeCrypto, type SigningKey } from '../keys/signing-key.ts';
import { createPrinter, type Printer, readSharedFlags } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawKey, drawKeys, type KeyView } from '../views/keys.ts';
import { refuseStrayWords } from './group.ts';

/** Options of making a key. */
export interface NewKeyOptions {
  readonly passphraseFile?: string;
  /** False with --no-passphrase; commander sets true without it. */
  readonly passphrase: boolean;
}

/** The options of commands that make a key file. */
export function addNewKeyOptions(command: Command): Command {
  return command
    .option(
      '--passphrase-file <file>',
      'file with the passphrase; else it is asked for, or MUSTER_PASSPHRASE_FILE',
    )
    .option('--no-passphrase', 'a key that whoever reads its file can use: for automations only');
}

/** Makes a key and its file. @throws MusterError E_FILE when there is one of that name, E_PASSPHRASE */
export async function makeKeyFile(
  printer: Pick<Printer, 'terminal' | 'mayAsk' | 'note'>,
  name: string,
  options: NewKeyOptions,
): Promise<{ key: SigningKey; path: string }> {
  const { terminal, note } = printer;
  const path = keyPath(terminal.env, name);
  const passphrase = options.passphrase ? await readNewPassphrase(printer, options, `the key ${name}`) : null;
  const key = makeSigningKey();
  await writeKeyFile(path, await sealKey(key, { name, passphrase, nowMs: terminal.now() }));
  note(`The key ${name} is in ${path}; keep a copy where a fire or a thief does not find both.`);
  if (passphrase === null)
    note(
      'It has no passphrase: whoever reads the file can sign with it. Give such a key few kinds and no approval.',
    );
  return { key, path };
}

/** A key by name: the one that is there, else a new one; so a command that was broken off can be run again. */
export async function ensureKeyFile(
  printer: Pick<Printer, 'terminal' | 'mayAsk' | 'note'>,
  name: string,
  options: NewKeyOptions,
): Promise<{ key: SigningKey; path: string }> {
  const { env } = printer.terminal;
  const found = (await listKeys(keyFolderOf(env))).find((key) => key.path === keyPath(env, name));
  if (found === undefined) return makeKeyFile(printer, name, options);
  printer.note(`The key ${name} is there already, in ${found.path}; it is used.`);
  return { key: await unlockKey(printer, found, options), path: found.path };
}

function viewOf(found: {
  name: string;
  path: string;
  publicKey: string;
  keyid: string;
  isBare: boolean;
}): KeyView {
  const { name, path, publicKey, keyid, isBare } = found;
  const print = fingerprint(decodeBase64url(publicKey), nodeCrypto);
  return { name, path, publicKey, keyid, fingerprint: print, hasPassphrase: !isBare };
}

/** Registers the command and its subcommands. */
export function registerKeys(program: Command, terminal: Terminal): void {
  const keys = program
    .command('keys')
    .summary('make and list the keys that sign')
    .description(
      'Lists the key files of this workstation. A key counts only once the trust document names it.',
    )
    .allowExcessArguments(true)
    .action(async (_options: unknown, command: Command) => {
      refuseStrayWords(command, 'Its subcommands are new, list and show.');
      await list(createPrinter(terminal, readSharedFlags(command)));
    });
  registerNew(keys, terminal);
  keys
    .command('list')
    .summary('list key files')
    .description('Lists the key files of this workstation.')
    .action((_options: unknown, command: Command) => list(createPrinter(terminal, readSharedFlags(command))));
  keys
    .command('show')
    .summary('show the public half of a key')
    .description(
      'Shows the public half of a key and its fingerprint, which people compare by voice. Nothing secret is shown.',
    )
    .argument('<key>', 'name of the key, or path of its file')
    .action(async (name: string, _options: unknown, command: Command) => {
      const view = viewOf(await findKey(terminal.env, name));
      createPrinter(terminal, readSharedFlags(command)).print(view, (canvas) => drawKey(view, canvas));
    });
}

function registerNew(keys: Command, terminal: Terminal): void {
  const command = keys
    .command('new')
    .summary('make a key')
    .description(
      'Makes a key of this workstation, sealed with a passphrase. Register it with muster persons add-key; it signs once a trust document names it.',
    )
    .option('--name <name>', 'name of the key and of its file', 'me');
  addNewKeyOptions(command).action(
    async (options: NewKeyOptions & { readonly name: string }, command: Command) => {
      const printer = createPrinter(terminal, readSharedFlags(command));
      const { key, path } = await makeKeyFile(printer, options.name, options);
      const publicKey = encodeBase64url(key.publicKey);
      const view = viewOf({
        name: options.name,
        path,
        publicKey,
        keyid: key.keyid,
        isBare: !options.passphrase,
      });
      printer.print(view, (canvas) => drawKey(view, canvas));
    },
  );
}

async function list(printer: Printer): Promise<void> {
  const { env } = printer.terminal;
  const items = (await listKeys(keyFolderOf(env))).map(viewOf);
  if (items.length === 0) printer.note('There are no keys on this workstation; muster keys new makes one.');
  if (items.length > 0 || printer.json) printer.print(pageOf(items), (canvas) => drawKeys(items, canvas));
}
