// Passphrases: asked for without echo, or read from a file; never an argument, never a variable's value.
import { isMusterError } from '@muster/protocol';
import { fail } from '../errors.ts';
import { askSecret, canAsk, readTextFile } from '../input/ask.ts';
import type { Printer } from '../session.ts';
import { openKey } from './key-file.ts';
import type { FoundKey } from './key-folder.ts';
import type { SigningKey } from './signing-key.ts';

/** Shortest passphrase of a new key, characters. */
const MIN_CHARS = 12;
/** How often a person may mistype one. */
const MAX_TRIES = 3;

/** Where a passphrase may come from besides the keyboard. */
export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

type Asker = Pick<Printer, 'terminal' | 'mayAsk' | 'note'>;

async function readGiven({ terminal }: Asker, { passphraseFile }: PassphraseOptions): Promise<string | null> {
  const path = passphraseFile ?? terminal.env.MUSTER_PASSPHRASE_FILE;
  // The line end of an editor is no part of it; anything else is.
  return path === undefined ? null : (await readTextFile(path)).replace(/\r?\n$/, '');
}

/** A passphrase for a new key, typed twice. @throws MusterError E_USAGE, E_PASSPHRASE, E_FILE */
export async function readNewPassphrase(
  asker: Asker,
  options: PassphraseOptions,
  what: string,
): Promise<string> {
  const given = await readGiven(asker, options);
  const passphrase = given ?? (await askTwice(asker, what));
  if (passphrase.length >= MIN_CHARS) return passphrase;
  throw fail('E_PASSPHRASE', {
    detail: `A passphrase has at least ${MIN_CHARS} characters; four or five words are easy to remember.`,
  });
}

async function askTwice({ terminal, mayAsk }: Asker, what: string): Promise<string> {
  if (!canAsk(terminal, mayAsk))
    throw fail('E_USAGE', {
      detail:
        'There is nobody to ask for a passphrase; give a file with --passphrase-file, or say --no-passphrase for a key of an automation.',
    });
  const first = await askSecret(terminal, `New passphrase for ${what}: `);
  const second = await askSecret(terminal, 'The same again: ');
  if (first === second) return first;
  throw fail('E_PASSPHRASE', { detail: 'The two passphrases differ; nothing was made.' });
}

/** Opens a key, asking for its passphrase where it has one. @throws MusterError E_PASSPHRASE, E_USAGE, E_KEY_FILE */
export async function unlockKey(
  asker: Asker,
  found: FoundKey,
  options: PassphraseOptions,
): Promise<SigningKey> {
  const { parsed } = found;
  if (parsed.form === 'pem') return parsed.key;
  if (parsed.file.protection.kind === 'none') return openKey(parsed.file, null);
  const given = await readGiven(asker, options);
  if (given !== null) return openKey(parsed.file, given);
  if (!canAsk(asker.terminal, asker.mayAsk))
    throw fail('E_USAGE', {
      detail: 'There is nobody to ask for the passphrase; give its file with --passphrase-file.',
    });
  for (let left = MAX_TRIES - 1; ; left--) {
    const typed = await askSecret(asker.terminal, `Passphrase of ${found.name}: `);
    try {
      return await openKey(parsed.file, typed);
    } catch (error) {
      if (left === 0 || !isMusterError(error, 'E_PASSPHRASE')) throw error;
      asker.note('That does not open the key.');
    }
  }
}
