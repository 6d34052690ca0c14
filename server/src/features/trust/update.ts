// Trust documents that root keys have signed elsewhere: verified as a device would, kept to what this server needs, stored, in force.
import {
  applyTrustUpdate,
  checkTrustDraft,
  decodeBase64url,
  type Envelope,
  encodeBase64url,
  fail as failProtocol,
  parseEnvelope,
  type ReadonlyTrust,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import { type AuditEvent, type AuditOrigin, done, writeAudit } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import type { SigningKey } from '../../core/crypto.ts';
import { createDoubts } from '../../core/db/doubts.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { fail } from '../../errors.ts';
import { type Chain, verifyDeps } from './chain.ts';
import { makeKey, names, promoteServerKey, readKey } from './keys.ts';
import { reload } from './reload.ts';
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
  readonly clock: Clock;
  /** Called for each document that is new here, in order. */
  adopted(state: TrustState, envelope: Envelope): Promise<void>;
}

/** How documents come into force here, one after the other. */
export interface Updates {
  /** One that is in force already is refused and changes nothing, unless its answer was lost and it is just found: that is the answer. */
  update(input: unknown, origin: AuditOrigin): Promise<TrustState>;
  /** Reads what another process put in force. */
  reload(): Promise<void>;
  stop(): void;
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
async function apply(deps: UpdateDeps, input: unknown, origin: AuditOrigin): Promise<TrustState> {
  const { sql, tenant, chain, serverKey, keyFolder } = deps;
  const envelope = parseEnvelope(input);
  // As somebody does who had no answer.
  if (trustHash(decodeBase64url(envelope.payload), verifyDeps.crypto) === chain.state.hash)
    throw failProtocol('E_ROLLBACK', {
      detail: 'This trust document is in force already; nothing is left to do.',
    });
  const state = applyTrustUpdate(chain.state, envelope, verifyDeps);
  const { document } = state;
  checkTrustDraft(document);
  const next = await readKey(keyFolder, 'server-next');
  const keepsPresent = names(document, serverKey.current);
  checkReachable(document, deps, keepsPresent || names(document, next));
  const row = { tenant, version: document.version, hash: decodeBase64url(state.hash) };
  try {
    const event = describeUpdate(origin, tenant, state);
    await withMappedErrors(() => insertDocument(sql, { ...row, envelope: JSON.stringify(envelope) }, event));
  } catch (error) {
    if (!isConflict(error)) throw error;
    // Another was first; or it was this one, without an answer.
    await takeUp(deps);
    if (chain.state.hash === state.hash) return chain.state;
    throw fail('E_CONFLICT', { cause: error });
  }
  chain.envelopes.push(envelope);
  chain.state = state;
  await promoteListed(deps);
  await deps.adopted(state, envelope);
  return state;
}

/** After the document that lists it: after a crash in between, the start finds the next key in the document and takes it. */
async function promoteListed({ chain, serverKey, keyFolder }: UpdateDeps): Promise<void> {
  const next = await readKey(keyFolder, 'server-next');
  if (next === null || !names(chain.state.document, next)) return;
  serverKey.current = next;
  await promoteServerKey(keyFolder);
}

/** Puts in force here what is stored. */
async function takeUp(deps: UpdateDeps): Promise<void> {
  await reload(deps);
  await promoteListed(deps);
}

/** Makes them. Two at a time cannot both follow the same version, nor a reading and an update. */
export function createUpdates(deps: UpdateDeps): Updates {
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  }
  const doubts = createDoubts<'trust'>({
    ...{ clock: deps.clock, max: 1, keyOf: (item) => item },
    async takeUp() {
      await inTurn(() => takeUp(deps));
      return [];
    },
  });
  return {
    update: (input, origin) => doubts.during('trust', () => inTurn(() => apply(deps, input, origin))),
    reload: () => inTurn(() => reload(deps)),
    stop: () => doubts.stop(),
  };
}

/** The event of a document that comes into force. */
export function describeUpdate(
  origin: AuditOrigin,
  tenant: number,
  { document, hash }: TrustState,
): AuditEvent {
  const { org, version, mode } = document;
  const detail = { version, mode, hash, signers: document.signers.map(({ id }) => id) };
  return done(origin, {
    tenant,
    act: 'trust.update',
    subject: { kind: 'trust', id: org, name: `v${version}` },
    detail,
  });
}

/** The key that will replace the server's own, once a trust document lists it; made when there is none yet, behind its event. */
export async function readNextServerKey(
  { sql, keyFolder }: Pick<UpdateDeps, 'sql' | 'keyFolder'>,
  tenant: number,
  origin: AuditOrigin,
): Promise<string> {
  const key = await readKey(keyFolder, 'server-next');
  if (key !== null) return encodeBase64url(key.publicKey);
  // A file knows no transaction: it is made before the commit, so that there is no key without its event.
  return await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      await writeAudit(tx, done(origin, { tenant, act: 'trust.server-key', subject: null }));
      return encodeBase64url((await makeKey(keyFolder, 'server-next')).publicKey);
    }),
  );
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
