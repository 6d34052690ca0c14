// Trust documents that root keys have signed elsewhere: verified as a device would, kept to what this server needs, stored, in force.
import {
  applyTrustUpdate,
  checkTrustDraft,
  decodeBase64url,
  encodeBase64url,
  parseEnvelope,
  type ReadonlyTrust,
  type TrustState,
} from '@muster/protocol';
import type { SigningKey } from '../../core/crypto.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { type Chain, verifyDeps } from './chain.ts';
import { makeKey, promoteServerKey, readKey } from './keys.ts';
import { insertDocument } from './store.ts';

/** What updates work on. */
export interface UpdateDeps {
  readonly sql: RawSql;
  readonly tenant: number;
  readonly keyFolder: string;
  readonly spkiPin: string | null;
  readonly chain: Chain;
  /** Key the server signs with; replaced when a document lists the next one only. */
  readonly serverKey: { current: SigningKey };
}

function names(document: ReadonlyTrust, key: SigningKey | null): boolean {
  const text = key === null ? '' : encodeBase64url(key.publicKey);
  return document.serverKeys.some((listed) => listed.key === text);
}

/** A document without this server's key or pin would cut every device off for good. @throws MusterError E_TRUST */
function checkReachable(document: ReadonlyTrust, { spkiPin }: UpdateDeps, mayGoOn: boolean): void {
  if (!mayGoOn)
    throw fail('E_TRUST', {
      detail:
        'The trust document does not list a key that this server has, so no device could talk to it; keep the present server key or take the one of muster trust rotate server.',
    });
  if (spkiPin !== null && document.tlsPins.length > 0 && !document.tlsPins.includes(spkiPin))
    throw fail('E_TRUST', {
      detail:
        'The trust document does not pin the TLS key of this server, so no device could connect; keep its pin.',
    });
}

/**
 * Applies one update. Nothing is changed in memory before the row is committed.
 * @throws MusterError those of applyTrustUpdate and checkTrustDraft, E_TRUST, E_CONFLICT
 */
async function apply(deps: UpdateDeps, input: unknown): Promise<TrustState> {
  const { sql, tenant, chain, serverKey, keyFolder } = deps;
  const envelope = parseEnvelope(input);
  const state = applyTrustUpdate(chain.state, envelope, verifyDeps);
  const { document } = state;
  checkTrustDraft(document);
  const next = await readKey(keyFolder, 'server-next');
  const keepsPresent = names(document, serverKey.current);
  checkReachable(document, deps, keepsPresent || names(document, next));
  const row = { tenant, version: document.version, hash: decodeBase64url(state.hash) };
  try {
    await withMappedErrors(() => insertDocument(sql, { ...row, envelope: JSON.stringify(envelope) }));
  } catch (error) {
    if (isConflict(error)) throw fail('E_CONFLICT', { cause: error });
    throw error;
  }
  chain.envelopes.push(envelope);
  chain.state = state;
  // In this order: after a crash in between, the start finds the next key in the document and takes it.
  if (next !== null && names(document, next)) {
    serverKey.current = next;
    await promoteServerKey(keyFolder);
  }
  return state;
}

/** Updates one after the other, so that two at a time cannot both follow the same version. */
export function createUpdates(deps: UpdateDeps): (input: unknown) => Promise<TrustState> {
  let last: Promise<unknown> = Promise.resolve();
  return (input) => {
    const mine = last.then(() => apply(deps, input));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** The key that will replace the server's own, once a trust document lists it; made when there is none yet. */
export async function readNextServerKey(keyFolder: string): Promise<string> {
  const key = (await readKey(keyFolder, 'server-next')) ?? (await makeKey(keyFolder, 'server-next'));
  return encodeBase64url(key.publicKey);
}

/** The key that a document names, under whichever of the two names it lies; null when neither is named. Moves no file. */
export async function findServerKey(document: ReadonlyTrust, keyFolder: string): Promise<SigningKey | null> {
  for (const name of ['server-next', 'server'] as const) {
    const key = await readKey(keyFolder, name);
    if (key !== null && names(document, key)) return key;
  }
  return null;
}

/**
 * The key the server signs with: the present one, or the next one when the document lists that only.
 * @throws MusterError E_KEY_FILE
 */
export async function openServerKey(document: ReadonlyTrust, keyFolder: string): Promise<SigningKey> {
  const next = await readKey(keyFolder, 'server-next');
  if (next !== null && names(document, next)) {
    await promoteServerKey(keyFolder);
    return next;
  }
  const key = await readKey(keyFolder, 'server');
  if (key !== null && names(document, key)) return key;
  throw fail('E_KEY_FILE', {
    detail: `The server key in ${keyFolder} is missing or not in the trust document; restore it from your backup.`,
  });
}
