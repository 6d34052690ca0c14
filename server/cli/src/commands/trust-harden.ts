// `muster trust harden`: the way out of quick start, each step said in a plain sentence.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeBase64url, type ReadonlyTrust, type TrustSigner } from '@muster/protocol';
import { type Command, Option } from 'commander';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { readKeyFile } from '../keys/key-folder.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { draftNext, keyField } from '../trust/drafts.ts';
import { checkNumber, type FirmMode, firmModes, fullSigner, parseSigner } from '../trust/first-signers.ts';
import { type ProposeOptions, propose } from '../trust/propose.ts';
import { readTrust } from '../trust/read-trust.ts';
import { addNewKeyOptions, ensureKeyFile, type NewKeyOptions } from './keys.ts';
import { reading } from './options.ts';

interface HardenOptions extends NewKeyOptions {
  readonly mode: FirmMode;
  readonly id?: string;
  readonly name?: string;
  readonly signer?: readonly TrustSigner[];
  readonly keys?: string;
  readonly yes?: true;
}

/** Registers it. */
export function registerHarden(trust: Command, terminal: Terminal): void {
  addNewKeyOptions(
    trust
      .command('harden')
      .summary('lead out of quick start: keys of your own, away from the server')
      .description(
        'Makes a root key and a signer key on this workstation, puts them in the place of those beside the server, and removes the old ones. Run it on the server\u2019s host, or with a copy of its key folder.',
      )
      .addOption(new Option('--mode <mode>', 'one person decides, or two').choices(firmModes).default('solo'))
      .option('--id <id>', 'your id as a signer (default: that of the first signer)')
      .option('--name <text>', 'your name, as devices show it in their logs')
      .addOption(
        new Option('--signer <id=key>', 'public key of a second person; repeat it for more').argParser(
          (text: string, before: readonly TrustSigner[] = []) => [...before, reading(parseSigner)(text)],
        ),
      )
      .option('--keys <folder>', 'key folder of the quick start server (default: that of this sign-in)')
      .option('--yes', 'sign, and remove the old keys, without asking'),
  ).action((options: HardenOptions, command: Command) =>
    withSession(terminal, command, (session) => harden(session, options)),
  );
}

async function harden(session: Session, options: HardenOptions): Promise<void> {
  const { terminal, note } = session;
  const { mode, signer: others = [] } = options;
  checkNumber(mode, others);
  const current = await readTrust(session, terminal.env);
  const { document } = current;
  const keyFolder = options.keys ?? session.keyFolder;
  if (document.mode !== 'quickstart') return finishEarlier(session, { document, keyFolder, options });
  if (keyFolder === null)
    throw fail('E_USAGE', {
      detail:
        'The old root key lies beside the server; run this there, or name a copy of its key folder with --keys.',
    });
  const oldRoot = join(keyFolder, 'root.pem');
  await readKeyFile(oldRoot);
  const [first] = document.signers;
  const id = options.id ?? first?.id ?? 'admin';
  const name = options.name ?? (id === first?.id ? first.name : id);
  note(
    '1. A root key is made. It signs changes of the trust document and nothing else; it belongs on a stick in a safe.',
  );
  const root = await ensureKeyFile(session, 'root', options);
  note(
    `2. A signer key is made for ${id}. It signs what you order every day, and stays on this workstation.`,
  );
  const own = await ensureKeyFile(session, id, options);
  note(
    '3. The next trust document names these keys instead of those beside the server. The old root key signs it, and the new one.',
  );
  const signer = fullSigner(id, name, encodeBase64url(own.key.publicKey));
  const next = draftNext(
    document,
    (draft) => {
      draft.mode = mode;
      draft.root = { threshold: 1, keys: [keyField(encodeBase64url(root.key.publicKey))] };
      draft.signers = [signer, ...others];
    },
    terminal.now(),
  );
  const yes = options.yes === true ? { yes: true as const } : {};
  const proposal: ProposeOptions = { rootKey: [oldRoot], ...yes };
  await propose(session, { current, next, extra: [root.key] }, proposal);
  await removeOldKeys(session, keyFolder, options.yes === true);
  noteRest(session);
}

/** Keys of a quick start that sign; that of the server itself stays. */
function oldFiles(keyFolder: string): string[] {
  return ['root.pem', 'signer.pem'].map((name) => join(keyFolder, name));
}

/** What an interrupted run has left. */
interface Earlier {
  readonly document: ReadonlyTrust;
  readonly keyFolder: string | null;
  readonly options: HardenOptions;
}

/** True while the trust document names it. */
function counts({ root, signers }: ReadonlyTrust, publicKey: string): boolean {
  return [root, ...signers].some(({ keys }) => keys.some(({ key }) => key === publicKey));
}

/** Somebody was interrupted before the old keys were gone: they are what is left to do. @throws MusterError E_USAGE where nothing is */
async function finishEarlier(session: Session, { document, keyFolder, options }: Earlier): Promise<void> {
  const found =
    keyFolder === null
      ? []
      : await Promise.all(oldFiles(keyFolder).map((path) => readKeyFile(path).catch(() => null)));
  const old = found.filter((key) => key !== null);
  if (keyFolder === null || old.length === 0 || old.some(({ publicKey }) => counts(document, publicKey)))
    throw fail('E_USAGE', {
      detail: `The mode is ${document.mode} already; muster trust add-signer and remove-signer take --mode.`,
    });
  session.note(`The mode is ${document.mode} already, but the old keys are still there.`);
  await removeOldKeys(session, keyFolder, options.yes === true);
  noteRest(session);
}

function noteRest({ note }: Session): void {
  note('Scripts and files that the old key signed count no more; add them again with muster content add.');
  note('5. Now move the root key away: muster trust export-root /media/stick/root.key.json --remove');
}

/** The old keys are worth nothing any more, but for whoever restores an old database beside them. */
async function removeOldKeys(session: Session, keyFolder: string, isSure: boolean): Promise<void> {
  const files = oldFiles(keyFolder);
  session.note(
    '4. The old keys beside the server are worth nothing to devices that have the new document; they are removed.',
  );
  if (!isSure)
    await confirm(
      session.terminal,
      { consequence: `${files.join(' and ')} will be removed. This cannot be undone.`, word: 'remove' },
      session.mayAsk,
    );
  try {
    for (const file of files) await rm(file, { force: true });
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `The new document is in force, but the old keys could not be removed; delete ${files.join(' and ')} on the server.`,
    });
  }
}
