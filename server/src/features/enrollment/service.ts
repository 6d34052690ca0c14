// Decides about tokens and enrollments: what a token is, who may spend it, and what the device is answered.
import {
  type Crypto,
  checkEd25519Key,
  checkX25519Key,
  decodeBase64url,
  ENROLLED_TYPE,
  type Enroll,
  type Enrolled,
  encodeBase64url,
  enrollTranscript,
  fail as failProtocol,
  isMusterError,
} from '@muster/protocol';
import type { EnrollContext, EnrollDevice } from '../../core/agents/directory.ts';
import { type AuditOrigin, done } from '../../core/audit/audit.ts';
import type { Refusal } from '../../core/audit/refusals.ts';
import type { Clock } from '../../core/clock.ts';
import { makeSigningKey } from '../../core/crypto.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { AdminDb, RawSql } from '../../core/db/pool.ts';
import { newId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import type { Registered } from '../devices/index.ts';
import type { Trust } from '../trust/index.ts';
import { createRegistrar } from './registrar.ts';
import { insertToken, selectTokenKey, type TokenKey, type TokenRow } from './store.ts';
import { createTokenKeys } from './token-keys.ts';

/** What the service is made of. */
export interface EnrollmentDeps {
  readonly sql: RawSql;
  readonly db: AdminDb;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crypto: Crypto;
  readonly trust: Trust;
  /** A device was registered, for live views. */
  registered(tenant: number, idx: number): void;
}

/** What an admin asks for. */
export interface TokenRequest {
  readonly name: string;
  readonly uses: number;
  readonly expiresInMs: number;
  readonly autoApprove: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Who asks, for the list. */
  readonly createdBy: string;
  readonly origin: AuditOrigin;
}

/** A made token; `text` is shown once and is nowhere stored. */
export interface MadeToken {
  readonly row: TokenRow;
  /** `mst1.<id>.<seed>.<trustHash>` */
  readonly text: string;
}

/** Makes an enrollment token. The seed goes into the text; the table gets its public key. */
export async function makeToken(deps: EnrollmentDeps, request: TokenRequest): Promise<MadeToken> {
  const key = makeSigningKey();
  const trust = deps.trust.current();
  const { tenant } = deps.trust;
  const { name, uses, autoApprove, labels, createdBy, origin } = request;
  const token = {
    ...{ tenant, name, autoApprove, labels, createdBy },
    id: newId('tok'),
    publicKey: Buffer.from(key.publicKey),
    usesTotal: uses,
    usesLeft: uses,
    trustVersion: trust.document.version,
    // Whole milliseconds, as they stand in the cursor of the list.
    createdAt: new Date(deps.clock.now()),
    expiresAt: new Date(deps.clock.now() + request.expiresInMs),
  };
  const subject = { kind: 'enrollment-token', id: token.id, name };
  const expiresAt = token.expiresAt.toISOString();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  const detail = { uses, autoApprove, expiresAt, labels: wanted };
  const event = done(origin, { tenant, act: 'enrollment-token.make', subject, detail });
  const row = await withMappedErrors(() => insertToken(deps.db, token, event));
  const text = ['mst1', row.id.slice('tok_'.length), encodeBase64url(key.exportSeed()), trust.hash].join('.');
  return { row, text };
}

/** Only who holds the seed of the token is told more of it. */
function checkSignatures(
  enroll: Enroll,
  token: TokenKey,
  { deps, context }: { deps: EnrollmentDeps; context: EnrollContext },
): void {
  const deviceKey = decodeBase64url(enroll.deviceKey);
  checkEd25519Key(deviceKey);
  checkX25519Key(decodeBase64url(enroll.sealKey));
  const { serverNonce, binding: exporter } = context;
  const signed = enrollTranscript(enroll, { org: deps.trust.org, serverNonce, exporter });
  if (!deps.crypto.verifyEd25519(token.publicKey, signed, decodeBase64url(enroll.tokenSig)))
    throw failProtocol('E_TOKEN');
  if (!deps.crypto.verifyEd25519(deviceKey, signed, decodeBase64url(enroll.deviceSig)))
    throw failProtocol('E_AUTH');
}

/** The gateway's handler for `enroll`, and how it ends. */
export interface Enrolling {
  readonly enroll: EnrollDevice;
  /** Registers who waits. */
  stop(): Promise<void>;
}

/** Makes it. Nobody is queued before the signatures are right. */
export function createEnrolling(
  deps: EnrollmentDeps,
  refused: (refusal: Refusal) => void = () => undefined,
): Enrolling {
  const { sql, clock, log, trust } = deps;
  const { tenant } = trust;
  const findKey = createTokenKeys((id) => withMappedErrors(() => selectTokenKey(sql, tenant, id)));
  const registrar = createRegistrar({ sql, clock, tenant });

  async function enroll(message: Enroll, context: EnrollContext): Promise<Enrolled> {
    if (message.org !== trust.org) throw failProtocol('E_ORG');
    const token = await findKey(message.tokenId);
    if (token === undefined) throw failProtocol('E_TOKEN');
    checkSignatures(message, token, { deps, context });
    const { tokenId, hostname, platform, agentVersion } = message;
    const device = await registrar.register({
      ...{ tokenId, hostname, platform, agentVersion },
      deviceKey: decodeBase64url(message.deviceKey),
      sealKey: decodeBase64url(message.sealKey),
    });
    if (device.state === 'retired') throw failProtocol('E_RETIRED');
    if (device.isNew) {
      log.info({ deviceId: device.deviceId, hostname, state: device.state }, 'device enrolled');
      deps.registered(tenant, device.idx);
    }
    return answer(deps, { enroll: message, context, device, token });
  }

  return {
    async enroll(message, context) {
      try {
        return await enroll(message, context);
      } catch (error) {
        if (isMusterError(error) && !error.retryable) refused(describeRefusal(message, error.code));
        throw error;
      }
    },
    stop: () => registrar.stop(),
  };
}

/** Whoever wants to enroll is not known yet: what it calls itself is no name. */
function describeRefusal({ tokenId, hostname }: Enroll, code: string): Refusal {
  return {
    ...{ act: 'agent.refuse', code, requestId: '', detail: { hostname } },
    actor: { kind: 'anonymous', id: '', name: '', address: '' },
    subject: { kind: 'enrollment-token', id: tokenId, name: '' },
  };
}

function answer(
  { trust, clock }: EnrollmentDeps,
  {
    enroll,
    context,
    device,
    token,
  }: { enroll: Enroll; context: EnrollContext; device: Registered; token: TokenKey },
): Enrolled {
  const envelope = trust.seal(ENROLLED_TYPE, {
    org: trust.org,
    deviceId: device.deviceId,
    deviceKey: enroll.deviceKey,
    serverNonce: context.serverNonce,
    agentNonce: enroll.nonce,
    at: new Date(clock.now()).toISOString(),
    state: device.state === 'pending' ? 'pending' : 'active',
  });
  return { type: 'enrolled', envelope, trust: trust.chainFrom(token.trustVersion) };
}
