// Makes the next trust document out of the one in force; pure, one function a change.
import {
  type CommandClass,
  checkTrustDraft,
  type ReadonlyTrust,
  type TrustDocument,
  type TrustSigner,
} from '@muster/protocol';
import { fail } from '../errors.ts';

/** A public Ed25519 key as documents have it. */
export interface PublicKeyField {
  readonly scheme: 'ed25519';
  readonly key: string;
}

/** An Ed25519 key as a field. */
export function keyField(key: string): PublicKeyField {
  return { scheme: 'ed25519', key };
}

/** The next version with changes, checked as a writer must. Dated now, but never before the one in force. @throws MusterError E_SCHEMA, E_KEY */
export function draftNext(
  current: ReadonlyTrust,
  change: (next: TrustDocument) => void,
  nowMs: number,
): TrustDocument {
  const next = structuredClone(current) as TrustDocument;
  next.version = current.version + 1;
  next.issuedAt = new Date(Math.max(nowMs, Date.parse(current.issuedAt))).toISOString();
  change(next);
  checkTrustDraft(next);
  return next;
}

/** The signer of that id in a draft. @throws MusterError E_USAGE naming all */
export function signerIn(next: TrustDocument, id: string): TrustSigner {
  const signer = next.signers.find((one) => one.id === id);
  if (signer !== undefined) return signer;
  throw fail('E_USAGE', {
    detail: `There is no signer ${id}; there are ${next.signers.map((one) => one.id).join(', ')}.`,
  });
}

/** Adds a signer. @throws MusterError E_USAGE for an id in use */
export function addSigner(next: TrustDocument, signer: TrustSigner): void {
  if (next.signers.some(({ id }) => id === signer.id))
    throw fail('E_USAGE', {
      detail: `${signer.id} is a signer already; muster trust add-key gives him another key.`,
    });
  next.signers.push(signer);
}

/** Takes a signer out. */
export function removeSigner(next: TrustDocument, id: string): void {
  const signer = signerIn(next, id);
  next.signers.splice(next.signers.indexOf(signer), 1);
}

/** Exchanges a root key for another. @throws MusterError E_USAGE when it is none */
export function replaceRoot(next: TrustDocument, oldKey: string, newKey: string): void {
  const at = next.root.keys.findIndex(({ key }) => key === oldKey);
  if (at < 0) throw fail('E_USAGE', { detail: 'The key that should be replaced is no root key in force.' });
  next.root.keys[at] = keyField(newKey);
}

/** Makes a kind stricter; null gives it back its usual class. */
export function setClass(next: TrustDocument, kind: string, wanted: CommandClass | null): void {
  if (wanted === null) delete next.classes[kind];
  else next.classes[kind] = wanted;
}

/** An origin as browsers state it, and the domain its passkeys are bound to. @throws MusterError E_USAGE */
export function parseOrigin(text: string): { readonly origin: string; readonly rpId: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPage = url !== null && (url.protocol === 'https:' || url.hostname === 'localhost');
  if (url === null || !isPage || url.pathname !== '/' || /^[0-9.]+$|^\[/.test(url.hostname))
    throw fail('E_USAGE', {
      detail: `"${text}" is no address of a console: write https:// and a name, as https://muster.example.com; browsers have no passkeys at a bare address.`,
    });
  return { origin: url.origin, rpId: url.hostname };
}

/** Sets the pages at which passkeys may sign. */
export function setOrigins(
  next: TrustDocument,
  { origins, rpIds }: Pick<TrustDocument, 'origins' | 'rpIds'>,
): void {
  next.origins = [...new Set(origins)];
  next.rpIds = [...new Set(rpIds)];
}
