// Keeps the organization's trust chain: made or imported on the first run, checked from its beginning on every start, extended at run time.
import {
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  followTrustChain,
  MAX_TRUST_CHAIN,
  sealEnvelope,
  type TrustDocument,
  type TrustState,
} from '@muster/protocol';
import { type AuditOrigin, done, fromServer } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import { type Chain, readChain, verifyDeps } from './chain.ts';
import { makeQuickstartGenesis, type PasskeyPages, readPlacedGenesis, sealDocument } from './genesis.ts';
import { readGenesisHash, readKey, writeGenesisHash } from './keys.ts';
import { describeSoftness } from './softness.ts';
import { insertDocument, insertOrganization, selectOrganization } from './store.ts';
import { createUpdates, describeUpdate, openServerKey, readNextServerKey } from './update.ts';

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
  /** Pages of the console that a document made on the spot lists; without them no passkey signs before somebody lists some. */
  readonly pages?: PasskeyPages;
}

/** Told after a new document is in force. */
export type TrustListener = (state: TrustState, envelope: Envelope) => void | Promise<void>;

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
  /**
   * Puts the next document in force: stored in one transaction, then switched in memory, then told to the listeners.
   * @throws MusterError those of applyTrustUpdate, E_TRUST for one that would cut this server off, E_CONFLICT
   */
  update(envelope: unknown, origin: AuditOrigin): Promise<TrustState>;
  /** Reads what another process of this server put in force, and tells the listeners. */
  reload(): Promise<void>;
  /** Listens for new documents, as for pushing them to sessions; a listener that fails is logged and holds nobody up. */
  onChange(listener: TrustListener): void;
  /** Public half of the key that is to replace the server's own, base64url. */
  nextServerKey(origin: AuditOrigin): Promise<string>;
  /** What is still soft, in plain sentences. */
  soft(): Promise<string[]>;
  /** Asks no more what became of an update without an answer. */
  stop(): void;
}

/** First run: the document that was handed in, else quick start. */
async function makeOrganization(deps: TrustDeps): Promise<void> {
  // Keys of an organization, and a database that knows none: most likely the wrong database.
  if ((await readGenesisHash(deps.keyFolder)) !== null) {
    throw fail('E_TRUST_CHAIN', {
      detail: `The keys in ${deps.keyFolder} belong to an organization that is not in this database; check DATABASE_URL, or restore the database from your backup.`,
    });
  }
  const placed = await readPlacedGenesis(deps.keyFolder);
  const { document, envelope, hash } = placed ?? (await makeQuickstartGenesis(deps, deps.clock.now()));
  await insertOrganization(
    deps.sql,
    { tenant: FIRST_TENANT, id: document.org, name: deps.organization },
    {
      document: { tenant: FIRST_TENANT, version: 1, hash, envelope: JSON.stringify(envelope) },
      event: done(fromServer, {
        tenant: FIRST_TENANT,
        act: 'organization.make',
        subject: { kind: 'organization', id: document.org, name: deps.organization },
        detail: { mode: document.mode, hash: encodeBase64url(hash) },
      }),
    },
  );
  await writeGenesisHash(deps.keyFolder, Buffer.from(hash).toString('base64url'));
  deps.log.info({ org: document.org, mode: document.mode }, 'organization made');
}

/** A new TLS key must be pinned, or no device would come back. With the root key at hand the server says so itself. */
async function pinTlsKey(deps: TrustDeps, tenant: number, chain: Chain): Promise<void> {
  const { document } = chain.state;
  const pin = deps.spkiPin;
  if (pin === null || document.tlsPins.length === 0 || document.tlsPins.includes(pin)) return;
  const root = await readKey(deps.keyFolder, 'root');
  if (root === null || document.mode !== 'quickstart') throw fail('E_TLS_PIN');
  const next = {
    ...structuredClone(document as TrustDocument),
    version: document.version + 1,
    issuedAt: new Date(Math.max(deps.clock.now(), Date.parse(document.issuedAt))).toISOString(),
    tlsPins: [...document.tlsPins.slice(-7), pin],
  };
  const { envelope, hash } = sealDocument(next, [root]);
  chain.state = followTrustChain(chain.state, [envelope], verifyDeps);
  await insertDocument(
    deps.sql,
    { tenant, version: next.version, hash, envelope: JSON.stringify(envelope) },
    describeUpdate(fromServer, tenant, chain.state),
  );
  chain.envelopes.push(envelope);
  deps.log.info({ version: next.version }, 'trust document pins the new TLS key');
}

/** Tells everybody who listens; resolves when all have been told. */
async function tellAll(
  listeners: readonly TrustListener[],
  { state, envelope, log }: { state: TrustState; envelope: Envelope; log: Logger },
): Promise<void> {
  const told = await Promise.allSettled(listeners.map(async (listener) => listener(state, envelope)));
  for (const outcome of told)
    if (outcome.status === 'rejected')
      log.error({ err: outcome.reason }, 'a new trust document was not passed on');
}

/**
 * Opens the organization's trust, making it on the first run.
 * @throws MusterError E_KEY_FILE, E_TRUST_CHAIN, E_TLS_PIN, E_GENESIS, and those of the trust chain when a stored document does not verify
 */
export async function openTrust(deps: TrustDeps): Promise<Trust> {
  const { sql, clock, keyFolder, spkiPin, log } = deps;
  if ((await selectOrganization(sql)) === undefined) await makeOrganization(deps);
  const organization = await selectOrganization(sql);
  if (organization === undefined) throw fail('E_TRUST_CHAIN');
  const { tenant, id: org, name } = organization;
  const chain = await readChain(sql, tenant, keyFolder);
  await pinTlsKey(deps, tenant, chain);
  const serverKey = { current: await openServerKey(chain.state.document, keyFolder) };
  const first = chain.state.document.version - chain.envelopes.length + 1;
  const chainFrom = (version: number) => {
    const at = Math.max(0, version - first);
    return chain.envelopes.slice(at, at + MAX_TRUST_CHAIN);
  };
  const listeners: TrustListener[] = [];
  const updates = createUpdates({
    ...{ sql, clock, tenant, keyFolder, spkiPin, chain, serverKey },
    async adopted(state, envelope) {
      const { version, mode } = state.document;
      log.info({ version, mode }, 'trust document in force');
      await tellAll(listeners, { state, envelope, log });
    },
  });
  return {
    tenant,
    org,
    name,
    current: () => chain.state,
    version: () => chain.state.document.version,
    chainAfter: (version) => chainFrom(version + 1),
    chainFrom,
    seal: (payloadType, body) =>
      sealEnvelope(payloadType, encodeUtf8(JSON.stringify(body)), [serverKey.current]),
    update: (input, origin) => updates.update(input, origin),
    reload: () => updates.reload(),
    onChange: (listener) => void listeners.push(listener),
    nextServerKey: (origin) => readNextServerKey(deps, tenant, origin),
    soft: () => describeSoftness(chain.state.document, keyFolder),
    stop: () => updates.stop(),
  };
}
