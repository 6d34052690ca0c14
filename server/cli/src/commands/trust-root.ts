// `muster trust rotate` and `export-root`: exchanges root and server keys, and takes the root key off this workstation.
import { copyFile, rm } from 'node:fs/promises';
import { encodeBase64url, type TrustDocument } from '@muster/protocol';
import { Argument, type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { parseCount } from '../input/words.ts';
import { listOwnKeys } from '../keys/choose.ts';
import { findKey, readKeyFile } from '../keys/key-folder.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { keyField, replaceRoot } from '../trust/drafts.ts';
import type { ProposeOptions } from '../trust/propose.ts';
import { readTrust } from '../trust/read-trust.ts';
import { makeKeyFile } from './keys.ts';
import { reading } from './options.ts';
import { addProposeOptions, type ChangeContext, changeTrust } from './trust-options.ts';

interface RotateOptions extends ProposeOptions {
  readonly name: string;
  readonly add?: true;
  readonly threshold?: number;
}

/** Registers `rotate`. */
export function registerRotate(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('rotate')
      .summary('exchange a root key, or the key of the server')
      .description(
        'Exchanges a root key for a new one made here, or the key that the server signs with for a new one made there.',
      )
      .addArgument(new Argument('<what>', 'whose key').choices(['root', 'server']))
      .option('--name <name>', 'name of the new root key and of its file', 'root-next')
      .option('--add', 'add the new root key to the others instead of exchanging one')
      .addOption(
        new Option('--threshold <count>', 'root keys that must sign from now on').argParser(
          reading((text) => parseCount(text, { min: 1, max: 8 })),
        ),
      ),
  ).action((what: 'root' | 'server', options: RotateOptions, command: Command) =>
    changeTrust(terminal, command, {
      options,
      prepare: (context) => (what === 'server' ? rotateServer(context) : rotateRoot(context, options)),
    }),
  );
}

async function rotateServer({ session }: ChangeContext): Promise<(next: TrustDocument) => void> {
  const { key } = await take(session.api.http.POST('/api/v1/trust/server-key'));
  session.note('The server has made its next key; it signs with it as soon as this document is in force.');
  return (next) => {
    next.serverKeys = [keyField(key)];
  };
}

/** The root key of this terminal that gives way: there must be one, and no doubt which. */
async function findOldRoot(session: Session, next: TrustDocument): Promise<string> {
  const listed = next.root.keys.map(({ key }) => key);
  const own = (await listOwnKeys(session)).filter(({ publicKey }) => listed.includes(publicKey));
  const [only] = listed.length === 1 ? listed : own.map(({ publicKey }) => publicKey);
  if (only !== undefined && (listed.length === 1 || own.length === 1)) return only;
  throw fail('E_USAGE', {
    detail:
      'There are several root keys, and it is not clear which one gives way; say --add to add one instead.',
  });
}

async function rotateRoot(
  { session, extra }: ChangeContext,
  options: RotateOptions,
): Promise<(next: TrustDocument) => void> {
  const { document } = await readTrust(session, session.terminal.env);
  const old = options.add === true ? null : await findOldRoot(session, document as TrustDocument);
  const { key } = await makeKeyFile(session, options.name, { ...options, passphrase: true });
  extra.push(key);
  const text = encodeBase64url(key.publicKey);
  return (next) => {
    if (old === null) next.root.keys.push(keyField(text));
    else replaceRoot(next, old, text);
    if (options.threshold !== undefined) next.root.threshold = options.threshold;
  };
}

/** Registers `export-root`. */
export function registerExportRoot(trust: Command, terminal: Terminal): void {
  trust
    .command('export-root')
    .summary('copy the root key to where it is kept, and remove it here')
    .description(
      'Copies the file of the root key, sealed as it is, to a stick or another disk, reads it back, and removes it here if you say so. It is needed only to change the trust document.',
    )
    .argument('<file>', 'where the copy goes')
    .option('--key <key>', 'name of the root key, or path of its file', 'root')
    .option('--remove', 'remove the file here after the copy was read back')
    .option('--yes', 'do it without asking')
    .action(
      (
        file: string,
        options: { readonly key: string; readonly remove?: true; readonly yes?: true },
        command: Command,
      ) =>
        withSession(terminal, command, async (session) => {
          const { document } = await readTrust(session, terminal.env);
          const found = await findKey(terminal.env, options.key);
          if (!document.root.keys.some(({ key }) => key === found.publicKey))
            throw fail('E_NO_KEY', { detail: `${found.name} is no root key of the organization.` });
          await copyKey(found.path, file);
          session.note(`The root key ${found.keyid} is copied to ${file}; use it with --root-key ${file}.`);
          if (options.remove !== true) return;
          if (options.yes !== true)
            await confirm(
              terminal,
              {
                consequence: `${found.path} will be removed; the copy is the only one then.`,
                word: 'remove',
              },
              session.mayAsk,
            );
          await rm(found.path);
          session.note(`${found.path} is removed.`);
        }),
    );
}

/** Copies and reads back: what cannot be read there is no copy. */
async function copyKey(from: string, to: string): Promise<void> {
  const before = await readKeyFile(from);
  try {
    await copyFile(from, to, 1 /* COPYFILE_EXCL: never over another file */);
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `The root key cannot be copied to ${to}; the file may be there already.`,
    });
  }
  const after = await readKeyFile(to);
  if (JSON.stringify(after.parsed) !== JSON.stringify(before.parsed) || after.publicKey !== before.publicKey)
    throw fail('E_FILE', { detail: `The copy in ${to} does not read back as it was written.` });
}
