// Keeps the organization's trust chain: made on the first run, checked from its beginning on every start.
import {
  checkTrustDraft,
  decodeBase64url,
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  followTrustChain,
  isTrustDocument,
  MAX_TRUST_CHAIN,
  openTrustGenesis,
  parseEnvelope,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import { nodeCrypto, type SigningKey } from '../../core/crypto.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { newId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import { makeKey, readGenesisHash, readKey, writeGenesisHash } from './keys.ts';
import { insertDocument, insertOrganization, selectChain, selectOrganization } from './store.ts';

/** The only tenant of a quick start; more come with tenant isolation. */
const FIRST_TENANT = 1;

/** The tenant of this server's organization; null before the first run has finished. */
export async function findTenant(sql: RawSql): Promise<number | null> {
  return (await selectOrganization(sql))?.tenant ?? null;
}

/** What the trust of a server is opened with. */
export interface TrustDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  /** Folder of the key files. */
  readonly keyFolder: string;
  /** Name of the organization, used on the first run. */
  readonly organization: string;
  /** base64url sha256 of the SPKI this server shows in TLS; null behind a proxy that ends TLS. */
  readonly spkiPin: string | null;
}

/** The trust of the organization, in force. */
export interface Trust {
  readonly tenant: number;
  readonly org: string;
  readonly name: string;
  /** The document in force. */
  current(): TrustState;
  version(): number;
  /** Envelopes after that version, oldest first, at most MAX_TRUST_CHAIN. */
  chainAfter(version: number): Envelope[];
  /** Envelopes from that version on, which an enrolling device follows. */
  chainFrom(version: number): Envelope[];
  /** Signs a body with the server's key. */
  seal(payloadType: string, body: object): Envelope;
}

function keyField(key: SigningKey): { scheme: 'ed25519'; key: string } {
  return { scheme: 'ed25519', key: encodeBase64url(key.publicKey) };
}

/** Signs a document that keeps the rules for writers. */
function sealDocument(document: TrustDocument, roots: readonly SigningKey[]) {
  checkTrustDraft(document);
  const payload = encodeUtf8(JSON.stringify(document));
  const envelope = sealEnvelope(TRUST_TYPE, payload, roots);
  return { envelope, hash: nodeCrypto.sha256(payload) };
}

/** First run: keys beside the server, one signer, mode `quickstart`, which claims nothing beyond transport. */
async function makeOrganization(deps: TrustDeps): Promise<void> {
  // Keys of an organization, and a database that knows none: most likely the wrong database.
  if ((await readGenesisHash(deps.keyFolder)) !== null) {
    throw fail('E_TRUST_CHAIN', {
      detail: `The keys in ${deps.keyFolder} belong to an organization that is not in this database; check DATABASE_URL, or restore the database from your backup.`,
    });
  }
  const keys = {
    root: (await readKey(deps.keyFolder, 'root')) ?? (await makeKey(deps.keyFolder, 'root')),
    signer: (await readKey(deps.keyFolder, 'signer')) ?? (await makeKey(deps.keyFolder, 'signer')),
    server: (await readKey(deps.keyFolder, 'server')) ?? (await makeKey(deps.keyFolder, 'server')),
  };
  const document: TrustDocument = {
    v: 1,
    org: newId('org'),
    version: 1,
    issuedAt: new Date(deps.clock.now()).toISOString(),
    mode: 'quickstart',
    root: { threshold: 1, keys: [keyField(keys.root)] },
    signers: [
      {
        id: 'admin',
        name: 'First signer',
        kind: 'person',
        roles: ['request', 'approve', 'halt'],
        kinds: ['*'],
        keys: [keyField(keys.signer)],
      },
    ],
    serverKeys: [keyField(keys.server)],
    tlsPins: deps.spkiPin === null ? [] : [deps.spkiPin],
    releaseKeys: [],
    rpIds: [],
    origins: [],
    classes: {},
    policyEpoch: 1,
  };
  const { envelope, hash } = sealDocument(document, [keys.root]);
  await insertOrganization(
    deps.sql,
    { tenant: FIRST_TENANT, id: document.org, name: deps.organization },
    { tenant: FIRST_TENANT, version: 1, hash, envelope: JSON.stringify(envelope) },
  );
  await writeGenesisHash(deps.keyFolder, encodeBase64url(hash));
  deps.log.info({ org: document.org, mode: document.mode }, 'organization made');
}

interface Chain {
  readonly envelopes: Envelope[];
  state: TrustState;
}

/** Follows the stored chain from its first document: a row that somebody edited stops the server here. */
async function readChain(deps: TrustDeps, tenant: number): Promise<Chain> {
  const envelopes = (await selectChain(deps.sql, tenant)).map((row) => parseEnvelope(row.envelope));
  const [genesis, ...updates] = envelopes;
  if (genesis === undefined) throw fail('E_TRUST_CHAIN');
  const verify = { crypto: nodeCrypto, validate: isTrustDocument };
  const shownHash = trustHash(decodeBase64url(genesis.payload), nodeCrypto);
  // Absent after a crash between the insert and the note: taken from the database this once.
  const expectedHash = (await readGenesisHash(deps.keyFolder)) ?? shownHash;
  await writeGenesisHash(deps.keyFolder, expectedHash);
  if (expectedHash !== shownHash)
    throw fail('E_TRUST_CHAIN', {
      detail:
        'The first trust document in the database is not the one noted beside the keys; restore both from the same backup.',
    });
  let state = openTrustGenesis(genesis, { ...verify, expectedHash });
  for (const update of updates) state = followTrustChain(state, [update], verify);
  return { envelopes, state };
}

/** A new TLS key must be pinned, or no device would come back. With the root key at hand the server says so itself. */
async function pinTlsKey(deps: TrustDeps, tenant: number, chain: Chain): Promise<void> {
  const { document } = chain.state;
  const pin = deps.spkiPin;
  if (pin === null || document.tlsPins.length === 0 || document.tlsPins.includes(pin)) return;
  const root = await readKey(deps.keyFolder, 'root');
  if (root === null) throw fail('E_TLS_PIN');
  const next = {
    ...structuredClone(document as TrustDocument),
    version: document.version + 1,
    issuedAt: new Date(Math.max(deps.clock.now(), Date.parse(document.issuedAt))).toISOString(),
    tlsPins: [...document.tlsPins.slice(-7), pin],
  };
  const { envelope, hash } = sealDocument(next, [root]);
  chain.state = followTrustChain(chain.state, [envelope], { crypto: nodeCrypto, validate: isTrustDocument });
  await insertDocument(deps.sql, { tenant, version: next.version, hash, envelope: JSON.stringify(envelope) });
  chain.envelopes.push(envelope);
  deps.log.info({ version: next.version }, 'trust document pins the new TLS key');
}

/**
 * Opens the organization's trust, making it on the first run.
 * @throws MusterError E_KEY_FILE, E_TRUST_CHAIN, E_TLS_PIN, and those of the trust chain when a stored document does not verify
 */
export async function openTrust(deps: TrustDeps): Promise<Trust> {
  if ((await selectOrganization(deps.sql)) === undefined) await makeOrganization(deps);
  const organization = await selectOrganization(deps.sql);
  if (organization === undefined) throw fail('E_TRUST_CHAIN');
  const { tenant, id: org, name } = organization;
  const chain = await readChain(deps, tenant);
  await pinTlsKey(deps, tenant, chain);
  const serverKey = await readKey(deps.keyFolder, 'server');
  const known = chain.state.document.serverKeys.map(({ key }) => key);
  if (serverKey === null || !known.includes(encodeBase64url(serverKey.publicKey))) {
    throw fail('E_KEY_FILE', {
      detail: `The server key in ${deps.keyFolder} is missing or not in the trust document; restore it from your backup.`,
    });
  }
  const first = chain.state.document.version - chain.envelopes.length + 1;
  const chainFrom = (version: number) => {
    const at = Math.max(0, version - first);
    return chain.envelopes.slice(at, at + MAX_TRUST_CHAIN);
  };
  return {
    tenant,
    org,
    name,
    current: () => chain.state,
    version: () => chain.state.document.version,
    chainAfter: (version) => chainFrom(version + 1),
    chainFrom,
    seal: (payloadType, body) => sealEnvelope(payloadType, encodeUtf8(JSON.stringify(body)), [serverKey]),
  };
}
