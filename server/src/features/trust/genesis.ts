// The first trust document of an organization: made on the spot in quick start, or signed elsewhere and handed in before the first run.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkTrustDraft,
  decodeBase64url,
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  isTrustDocument,
  openTrustGenesis,
  parseEnvelope,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import { nodeCrypto, type SigningKey } from '../../core/crypto.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { makeKey, readGenesisHash, readKey, writeOwn } from './keys.ts';

/** What the server tells of itself, so that somebody elsewhere can write its first trust document. Nothing in it is secret. */
export interface ServerRequest {
  /** Form: 1. */
  readonly v: 1;
  /** Organization id; the document must name it. */
  readonly org: string;
  readonly organization: string;
  /** Raw Ed25519 public key of the server, base64url. */
  readonly serverKey: string;
  /** base64url sha256 of the SPKI shown in TLS; null behind a proxy that ends TLS. */
  readonly tlsPin: string | null;
}

/** What a first document is made or checked with. */
export interface GenesisDeps {
  readonly keyFolder: string;
  readonly organization: string;
  readonly spkiPin: string | null;
}

/** Public half of a key as a trust document has it. */
function keyField(key: SigningKey): { scheme: 'ed25519'; key: string } {
  return { scheme: 'ed25519', key: encodeBase64url(key.publicKey) };
}

/** Signs a document that keeps the rules for writers. */
export function sealDocument(document: TrustDocument, roots: readonly SigningKey[]) {
  checkTrustDraft(document);
  const payload = encodeUtf8(JSON.stringify(document));
  const envelope = sealEnvelope(TRUST_TYPE, payload, roots);
  return { envelope, hash: nodeCrypto.sha256(payload) };
}

async function ensureKey(folder: string, name: 'server' | 'root' | 'signer'): Promise<SigningKey> {
  return (await readKey(folder, name)) ?? (await makeKey(folder, name));
}

/** Where passkeys of signers count. */
export type PasskeyPages = Pick<TrustDocument, 'rpIds' | 'origins'>;

/** Quick start: keys beside the server, one signer, a mode that claims nothing beyond transport. */
export async function makeQuickstartGenesis(
  { keyFolder, spkiPin, pages = { rpIds: [], origins: [] } }: GenesisDeps & { readonly pages?: PasskeyPages },
  nowMs: number,
): Promise<{ document: TrustDocument; envelope: Envelope; hash: Uint8Array }> {
  const root = await ensureKey(keyFolder, 'root');
  const signer = await ensureKey(keyFolder, 'signer');
  const server = await ensureKey(keyFolder, 'server');
  const document: TrustDocument = {
    v: 1,
    org: newId('org'),
    version: 1,
    issuedAt: new Date(nowMs).toISOString(),
    mode: 'quickstart',
    root: { threshold: 1, keys: [keyField(root)] },
    signers: [
      {
        id: 'admin',
        name: 'First signer',
        kind: 'person',
        roles: ['request', 'approve', 'halt'],
        kinds: ['*'],
        keys: [keyField(signer)],
      },
    ],
    serverKeys: [keyField(server)],
    tlsPins: spkiPin === null ? [] : [spkiPin],
    releaseKeys: [],
    ...pages,
    classes: {},
    policyEpoch: 1,
  };
  return { document, ...sealDocument(document, [root]) };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw fail('E_KEY_FILE', {
      cause,
      detail: `The file ${path} cannot be read; make it again or remove it.`,
    });
  }
}

function requestPath(keyFolder: string): string {
  return join(keyFolder, 'request.json');
}

function genesisPath(keyFolder: string): string {
  return join(keyFolder, 'genesis.json');
}

function isRequest(value: unknown): value is ServerRequest {
  return typeof value === 'object' && value !== null && 'org' in value && 'serverKey' in value;
}

/**
 * Prepares a folder whose first trust document will be signed elsewhere. Asked again, the answer is the same, but for a
 * TLS key that was replaced. From now on the server does not make quick start keys here.
 * @throws MusterError E_CONFLICT when the folder has an organization already
 */
export async function prepareGenesis(deps: GenesisDeps): Promise<ServerRequest> {
  const { keyFolder, organization, spkiPin } = deps;
  if ((await readGenesisHash(keyFolder)) !== null || (await readKey(keyFolder, 'root')) !== null)
    throw fail('E_CONFLICT', {
      detail: `The folder ${keyFolder} belongs to an organization already; muster trust harden leads out of quick start.`,
    });
  const known = await readJson(requestPath(keyFolder));
  const server = await ensureKey(keyFolder, 'server');
  const org = isRequest(known) ? known.org : newId('org');
  const request: ServerRequest = {
    v: 1,
    org,
    organization,
    serverKey: encodeBase64url(server.publicKey),
    tlsPin: spkiPin,
  };
  await writeOwn(keyFolder, requestPath(keyFolder), `${JSON.stringify(request)}\n`);
  return request;
}

/**
 * Checks a first document against this server: organization, its key and pin, and a mode that does not claim the keys
 * are here. Its own root has signed it; whose keys these are, nobody can know who was not there.
 * @throws MusterError E_TRUST_CHAIN, those of openTrustGenesis
 */
function openGenesis(input: unknown, request: ServerRequest): { envelope: Envelope; state: TrustState } {
  const envelope = parseEnvelope(input);
  const expectedHash = trustHash(decodeBase64url(envelope.payload), nodeCrypto);
  const state = openTrustGenesis(envelope, { crypto: nodeCrypto, validate: isTrustDocument, expectedHash });
  const { document } = state;
  checkTrustDraft(document);
  const isOurs =
    document.org === request.org &&
    document.version === 1 &&
    document.serverKeys.some(({ key }) => key === request.serverKey) &&
    (request.tlsPin === null || document.tlsPins.length === 0 || document.tlsPins.includes(request.tlsPin));
  if (!isOurs)
    throw fail('E_TRUST_CHAIN', {
      detail:
        'The trust document was not written for this server: organization, server key or TLS pin are others; make it from what muster-server init prints.',
    });
  return { envelope, state };
}

/** Keeps a first document for the first run. @throws MusterError E_GENESIS, E_TRUST_CHAIN, those of openTrustGenesis */
export async function placeGenesis(keyFolder: string, text: string): Promise<TrustState> {
  const request = await readJson(requestPath(keyFolder));
  if (!isRequest(request))
    throw fail('E_GENESIS', { detail: 'Run muster-server init in this folder first.' });
  const { envelope, state } = openGenesis(text.trim(), request);
  await writeOwn(keyFolder, genesisPath(keyFolder), `${JSON.stringify(envelope)}\n`);
  return state;
}

/** The first document that was handed in; null in a folder that nobody prepared. @throws MusterError E_GENESIS */
export async function readPlacedGenesis(
  keyFolder: string,
): Promise<{ document: TrustState['document']; envelope: Envelope; hash: Uint8Array } | null> {
  const request = await readJson(requestPath(keyFolder));
  if (!isRequest(request)) return null;
  const placed = await readJson(genesisPath(keyFolder));
  if (placed === null) throw fail('E_GENESIS');
  const { envelope, state } = openGenesis(placed, request);
  return { document: state.document, envelope, hash: decodeBase64url(state.hash) };
}
