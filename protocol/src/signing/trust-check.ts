// What a trust document must mean beyond its schema: keys, thresholds, uniqueness, the rules of its mode.
import { fail, type MusterError } from '../errors.ts';
import type { Frozen } from '../frozen.ts';
import { decodeBase64url } from './base64url.ts';
import { defaultClass, stricterClass } from './classes.ts';
import { checkEs256Key } from './es256.ts';
import { checkEd25519Key } from './keys.ts';
import type { ReadonlyTrust, SignerKey, TrustSigner } from './trust.ts';

/** A key and where in the document it stands. */
interface PlacedKey {
  /** As in `/signers/1/keys/0`. */
  readonly path: string;
  /** Scheme and text, as in the document. */
  readonly key: Frozen<SignerKey>;
}

/**
 * Checks a document that already fits the schema. Used on every document that is read, so nothing may be added here that
 * an honest document of today breaks tomorrow; rules for writers stand in {@link checkTrustDraft}.
 * @throws MusterError E_KEY (a key) or E_SCHEMA (anything else); the sentence names the field.
 */
export function checkTrustDocument(document: ReadonlyTrust): void {
  // From cheap to dear; the first fault is reported, because one is enough to refuse.
  checkTime(document.issuedAt);
  const { threshold, keys } = document.root;
  if (threshold > keys.length)
    throw fault('/root/threshold', `needs ${threshold} of only ${keys.length} keys`);
  checkKeys(listKeys(document));
  checkPins(document.tlsPins);
  checkSigners(document);
  checkMode(document);
}

/**
 * What a writer must keep as well, before a document is signed: no class below the built-in table, and no origin at which no
 * passkey could ever sign. A reader does not refuse that (it takes the stricter class anyway), because its table may be newer
 * and stricter than the writer's.
 * @throws MusterError as {@link checkTrustDocument}
 */
export function checkTrustDraft(document: ReadonlyTrust): void {
  checkTrustDocument(document);
  // The record is closed to known classes by the schema; here only the kinds and the order are looked at.
  for (const [kind, wanted] of Object.entries(document.classes)) {
    const own = defaultClass(kind);
    if (own === undefined) throw fault(`/classes/${kind}`, 'is no known command kind');
    if (stricterClass(wanted, own) !== wanted) throw fault(`/classes/${kind}`, `would lower it from ${own}`);
  }
  checkOrigins(document);
}

/** A browser lets a page use passkeys of its own domain or one above it only; an origin of neither would be signed for nothing. */
function checkOrigins({ origins, rpIds }: ReadonlyTrust): void {
  for (const [index, origin] of origins.entries()) {
    const host = origin.replace(/^https?:\/\//, '').replace(/:\d+$/, '');
    if (!rpIds.some((rpId) => host === rpId || host.endsWith(`.${rpId}`)))
      throw fault(`/origins/${index}`, 'lies in no domain of rpIds');
  }
}

/**
 * The schema knows the form only; the 31st of February has it too. Writing the time again must give the same text,
 * so that later code may compare times as texts.
 */
function checkTime(text: string): void {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text)
    throw fault('/issuedAt', 'is no point in time');
}

/** Every key of the document with its place; the order decides which of two equal keys the error calls the first. */
function listKeys({ root, signers, serverKeys, releaseKeys }: ReadonlyTrust): PlacedKey[] {
  const place = (path: string, keys: readonly Frozen<SignerKey>[]): PlacedKey[] =>
    keys.map((key, index) => ({ path: `${path}/${index}`, key }));
  return [
    ...place('/root/keys', root.keys),
    ...signers.flatMap((signer, index) => place(`/signers/${index}/keys`, signer.keys)),
    ...place('/serverKeys', serverKeys),
    ...place('/releaseKeys', releaseKeys),
  ];
}

/**
 * Each key acceptable for its scheme, and in one place only. A key with two signers would be one holder counted as two;
 * a server key that is also a signer's would let the server ask; a root key in daily use would be no root key.
 */
function checkKeys(placed: readonly PlacedKey[]): void {
  const seen = new Map<string, string>();
  for (const { path, key } of placed) {
    try {
      const bytes = decodeBase64url(key.key);
      if (key.scheme === 'ed25519') checkEd25519Key(bytes);
      else checkEs256Key(bytes);
    } catch (cause) {
      throw fault(path, `is no acceptable ${key.scheme} key`, { code: 'E_KEY', cause });
    }
    // A server or release key is compared as well as a signer's: the list is the whole document's.
    // Comparing the texts is enough: strict base64url and the check against second spellings leave one text a key.
    const first = seen.get(key.key);
    if (first !== undefined) throw fault(path, `is the same key as ${first}`, { code: 'E_KEY' });
    seen.set(key.key, path);
  }
}

/**
 * Pins are hashes: any 32 bytes will do, but spelled in the one way, because they are compared as text.
 * A pin with stray bits would never fit any certificate and lock every device out.
 */
function checkPins(pins: readonly string[]): void {
  for (const [index, pin] of pins.entries()) {
    try {
      decodeBase64url(pin);
    } catch (cause) {
      throw fault(`/tlsPins/${index}`, 'is no clean base64url', { cause });
    }
  }
}

/**
 * Ids once in the document (they are what is counted), roles once a signer, passkeys only where they can be verified:
 * an assertion names a relying party and an origin, and both must be on the lists.
 */
function checkSigners({ signers, rpIds, origins }: ReadonlyTrust): void {
  // Ids are compared as they stand: the schema allows one case and no look-alikes outside ASCII.
  const ids = new Set<string>();
  for (const [index, { id, roles, keys }] of signers.entries()) {
    if (ids.has(id)) throw fault(`/signers/${index}/id`, 'is used twice');
    ids.add(id);
    if (new Set(roles).size < roles.length) throw fault(`/signers/${index}/roles`, 'names a role twice');
    // From here on only signers who have a passkey.
    if (keys.every(({ scheme }) => scheme === 'ed25519')) continue;
    if (rpIds.length === 0) throw fault('/rpIds', 'is empty, but a signer has a passkey');
    if (origins.length === 0) throw fault('/origins', 'is empty, but a signer has a passkey');
  }
}

/**
 * The rules of each mode. An approver that is no person has its key on some machine, so in `hardened` "the server and one
 * signer's key" might be two signers, and in `solo` the server might hold the one key the mode keeps away from it.
 * `quickstart` claims nothing and only has to work. Where the keys really lie no document can tell.
 */
function checkMode({ mode, signers }: ReadonlyTrust): void {
  // Whoever may only request or halt does not count, of either kind: alone he can start nothing that needs an approver.
  const approvers = signers.filter(({ roles }) => roles.includes('approve'));
  const allPersons = approvers.every(isPerson);
  switch (mode) {
    case 'quickstart':
      if (approvers.length === 0) throw fault('/mode', 'quickstart needs a signer who approves');
      return;
    case 'solo':
      if (approvers.length !== 1 || !allPersons)
        throw fault('/mode', 'solo needs exactly one approver, a person');
      return;
    case 'hardened':
      if (approvers.length < 2 || !allPersons)
        throw fault('/mode', 'hardened needs two approvers or more, all persons');
      return;
  }
}

/** Whom a mode counts as an approver. A person's key is in somebody's hands; an automation's key lies on a machine. */
function isPerson({ kind }: Frozen<TrustSigner>): boolean {
  return kind === 'person';
}

/** The error for one field, named by its JSON pointer. The values themselves stay out of the sentence. */
function fault(
  path: string,
  what: string,
  { code = 'E_SCHEMA', cause }: { readonly code?: 'E_SCHEMA' | 'E_KEY'; readonly cause?: unknown } = {},
): MusterError {
  return fail(code, { cause, detail: `The trust document is not acceptable: ${path} ${what}.` });
}
