// One change of the trust document from draft to force: shown in sentences, asked about, signed by root keys, handed in or put into a file.
import { readFile, writeFile } from 'node:fs/promises';
import {
  applyTrustUpdate,
  checkTrustDraft,
  decodeBase64url,
  type Envelope,
  encodeUtf8,
  isMusterError,
  MAX_DOCUMENT_BYTES,
  MAX_JSON_DEPTH,
  parseEnvelope,
  parseStrict,
  type ReadonlyTrust,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  type TrustState,
} from '@muster/protocol';
import { take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { listOwnKeys } from '../keys/choose.ts';
import { type FoundKey, findKey } from '../keys/key-folder.ts';
import { type PassphraseOptions, unlockKey } from '../keys/passphrase.ts';
import type { SigningKey } from '../keys/signing-key.ts';
import { safeText } from '../output/safe-text.ts';
import type { Session } from '../session.ts';
import { describeChanges } from './describe.ts';
import { verifyDeps } from './read-trust.ts';

/** Options of every command that changes the trust document. */
export interface ProposeOptions extends PassphraseOptions {
  /** Root keys by name or file; without them those of this terminal that fit. */
  readonly rootKey?: readonly string[];
  /** File for an update that needs more signatures. */
  readonly out?: string;
  readonly yes?: true;
}

/** Keys that could sign: of the old root or of the new one. */
async function findRootKeys(
  session: Session,
  roots: readonly ReadonlyTrust[],
  given: readonly string[] | undefined,
): Promise<FoundKey[]> {
  const wanted = new Set(roots.flatMap(({ root }) => root.keys.map(({ key }) => key)));
  if (given === undefined)
    return (await listOwnKeys(session)).filter(({ publicKey }) => wanted.has(publicKey));
  const keys = await Promise.all(given.map((name) => findKey(session.terminal.env, name)));
  const stray = keys.find(({ publicKey }) => !wanted.has(publicKey));
  if (stray !== undefined)
    throw fail('E_NO_KEY', { detail: `${stray.name} is no root key of the organization.` });
  return keys;
}

/** The difference, as a person reads it. */
function noteChanges(session: Session, before: ReadonlyTrust, after: ReadonlyTrust): void {
  session.note(`What changes in the trust document of ${before.org}:`);
  for (const line of describeChanges(before, after)) session.note(`  - ${safeText(line)}`);
}

async function ask(session: Session, yes: boolean): Promise<void> {
  if (yes) return;
  const consequence = 'The root key signs this; every device will obey it.';
  await confirm(session.terminal, { consequence, word: 'sign' }, session.mayAsk);
}

/** Adds signatures by keys that have not signed yet. */
function addSignatures(
  envelope: Envelope | null,
  payload: Uint8Array,
  keys: readonly SigningKey[],
): Envelope {
  const there = new Set(envelope?.signatures.map(({ keyid }) => keyid));
  const fresh = keys.filter(({ keyid }) => !there.has(keyid));
  if (fresh.length === 0 && envelope !== null) return envelope;
  const sealed = sealEnvelope(TRUST_TYPE, payload, fresh);
  return parseEnvelope({ ...sealed, signatures: [...(envelope?.signatures ?? []), ...sealed.signatures] });
}

/** The state after the update; null while signatures are missing. */
function tryApply(current: TrustState, envelope: Envelope): TrustState | null {
  try {
    return applyTrustUpdate(current, envelope, verifyDeps);
  } catch (error) {
    if (isMusterError(error, 'E_QUORUM') || isMusterError(error, 'E_NOKEY')) return null;
    throw error;
  }
}

async function submit(session: Session, envelope: Envelope): Promise<void> {
  const view = await take(
    session.api.http.POST('/api/v1/trust/updates', {
      body: { envelope: { ...envelope, signatures: [...envelope.signatures] } },
    }),
  );
  if (session.json) session.print(view, () => '');
  session.note(`Trust document version ${view.version} is in force, mode ${view.mode}.`);
}

async function writePartial(path: string, envelope: Envelope): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(envelope)}\n`);
  } catch (cause) {
    throw fail('E_FILE', { cause, detail: `The file ${path} cannot be written.` });
  }
}

/** Signs with what is at hand; hands the update in when that is enough, else it goes into a file for the others. */
async function signAndSubmit(
  session: Session,
  {
    current,
    envelope,
    payload,
    keys,
  }: { current: TrustState; envelope: Envelope | null; payload: Uint8Array; keys: readonly SigningKey[] },
  out: string | undefined,
): Promise<void> {
  if (keys.length === 0 && envelope === null)
    throw fail('E_NO_KEY', { detail: 'No root key is at hand; name its file with --root-key.' });
  const signed = addSignatures(envelope, payload, keys);
  const isComplete = tryApply(current, signed) !== null;
  if (out !== undefined) {
    await writePartial(out, signed);
    session.note(
      isComplete
        ? `${out} has all signatures it needs; muster trust submit ${out} puts it in force.`
        : `${out} needs more root signatures; each holder runs muster trust sign ${out}.`,
    );
    return;
  }
  if (isComplete) return submit(session, signed);
  throw fail('E_NO_KEY', {
    detail:
      'More root keys must sign this than are at hand; say --out <file> and pass the file on to muster trust sign.',
  });
}

/** Shows, asks, signs and hands in the next document. `extra` are new root keys that are open already. */
export async function propose(
  session: Session,
  {
    current,
    next,
    extra = [],
  }: { readonly current: TrustState; readonly next: TrustDocument; readonly extra?: readonly SigningKey[] },
  options: ProposeOptions,
): Promise<void> {
  noteChanges(session, current.document, next);
  const found = await findRootKeys(session, [current.document, next], options.rootKey);
  await ask(session, options.yes === true);
  const keys: SigningKey[] = [...extra];
  for (const key of found) {
    if (keys.some(({ keyid }) => keyid === key.keyid)) continue;
    keys.push(await unlockKey(session, key, options));
  }
  const payload = encodeUtf8(JSON.stringify(next));
  await signAndSubmit(session, { current, envelope: null, payload, keys }, options.out);
}

/** Reads an update that is on its way from one holder to the next. @throws MusterError E_FILE */
async function readPartial(
  path: string,
): Promise<{ envelope: Envelope; document: TrustDocument; payload: Uint8Array }> {
  try {
    const envelope = parseEnvelope((await readFile(path, 'utf8')).trim());
    const payload = decodeBase64url(envelope.payload);
    const limits = { maxBytes: MAX_DOCUMENT_BYTES, maxDepth: MAX_JSON_DEPTH };
    const document = parseStrict(payload, limits);
    if (envelope.payloadType !== TRUST_TYPE || !verifyDeps.validate(document))
      throw new Error('not a trust document');
    checkTrustDraft(document);
    return { envelope, document, payload };
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `The file ${path} holds no trust document that waits for signatures.`,
    });
  }
}

/** Adds this terminal's root signatures to an update in a file, and keeps it there. */
export async function signPartial(
  session: Session,
  path: string,
  { current, options }: { current: TrustState; options: ProposeOptions },
): Promise<void> {
  const { envelope, document, payload } = await readPartial(path);
  noteChanges(session, current.document, document);
  const found = await findRootKeys(session, [current.document, document], options.rootKey);
  await ask(session, options.yes === true);
  const keys: SigningKey[] = [];
  for (const key of found) keys.push(await unlockKey(session, key, options));
  await signAndSubmit(session, { current, envelope, payload, keys }, options.out ?? path);
}

/** Puts an update with all its signatures in force. */
export async function submitPartial(session: Session, path: string, current: TrustState): Promise<void> {
  const { envelope, document } = await readPartial(path);
  noteChanges(session, current.document, document);
  if (tryApply(current, envelope) === null)
    throw fail('E_NO_KEY', {
      detail: `Signatures are missing in ${path}; muster trust sign ${path} adds one.`,
    });
  await submit(session, envelope);
}
