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
} from '@muster/protocol';
import type { EnrollContext, EnrollDevice } from '../../core/agents/directory.ts';
import type { Clock } from '../../core/clock.ts';
import { makeSigningKey } from '../../core/crypto.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { AdminDb, RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { newId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import { findRegistered, type Registered, register } from '../devices/index.ts';
import type { Trust } from '../trust/index.ts';
import { insertToken, type SpendableToken, selectForEnrollment, spendUse, type TokenRow } from './store.ts';

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
  const row = await withMappedErrors(() =>
    insertToken(deps.db, {
      tenant: deps.trust.tenant,
      id: newId('tok'),
      name: request.name,
      publicKey: Buffer.from(key.publicKey),
      usesTotal: request.uses,
      usesLeft: request.uses,
      autoApprove: request.autoApprove,
      labels: request.labels,
      trustVersion: trust.document.version,
      createdBy: request.createdBy,
      // Whole milliseconds, as they stand in the cursor of the list.
      createdAt: new Date(deps.clock.now()),
      expiresAt: new Date(deps.clock.now() + request.expiresInMs),
    }),
  );
  const text = ['mst1', row.id.slice('tok_'.length), encodeBase64url(key.exportSeed()), trust.hash].join('.');
  return { row, text };
}

/** A token that cannot be spent, with the code that says why. Only who holds its seed is told. */
function checkSpendable(token: SpendableToken): void {
  if (token.revoked) throw failProtocol('E_TOKEN_REVOKED');
  if (token.expired) throw failProtocol('E_TOKEN_EXPIRED');
  if (token.usesLeft === 0) throw failProtocol('E_TOKEN_SPENT');
}

function checkSignatures(
  enroll: Enroll,
  token: SpendableToken,
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

/** One transaction: a known key is answered as before, a new one spends a use. */
async function spendAndRegister(
  deps: EnrollmentDeps,
  enroll: Enroll,
  token: SpendableToken,
): Promise<Registered> {
  const { tenant } = deps.trust;
  const deviceKey = decodeBase64url(enroll.deviceKey);
  return inTransaction(deps.sql, async (tx) => {
    const known = await findRegistered(tx, tenant, deviceKey);
    if (known !== null) return known;
    if (!(await spendUse(tx, tenant, token.id))) throw failProtocol('E_TOKEN_SPENT');
    return register(tx, {
      tenant,
      state: token.autoApprove ? 'active' : 'pending',
      hostname: enroll.hostname,
      platform: enroll.platform,
      agentVersion: enroll.agentVersion,
      deviceKey,
      sealKey: decodeBase64url(enroll.sealKey),
      labels: token.labels,
      tokenId: token.id,
    });
  });
}

/** Two sockets with one new key may race; the loser finds what the winner wrote. */
async function registerOnce(
  deps: EnrollmentDeps,
  enroll: Enroll,
  token: SpendableToken,
): Promise<Registered> {
  try {
    return await withMappedErrors(() => spendAndRegister(deps, enroll, token));
  } catch (error) {
    if (!isConflict(error, 'device_key_unique')) throw error;
    return withMappedErrors(() => spendAndRegister(deps, enroll, token));
  }
}

/** Makes the gateway's handler for `enroll`. */
export function createEnrollDevice(deps: EnrollmentDeps): EnrollDevice {
  return async function enrollDevice(enroll: Enroll, context: EnrollContext): Promise<Enrolled> {
    if (enroll.org !== deps.trust.org) throw failProtocol('E_ORG');
    const token = await withMappedErrors(() =>
      selectForEnrollment(deps.sql, deps.trust.tenant, enroll.tokenId),
    );
    if (token === undefined) throw failProtocol('E_TOKEN');
    checkSignatures(enroll, token, { deps, context });
    // A device that lost the answer comes back with a spent token: its key is looked for first.
    const known = await withMappedErrors(() =>
      findRegistered(deps.sql, deps.trust.tenant, decodeBase64url(enroll.deviceKey)),
    );
    if (known === null) checkSpendable(token);
    const device = known ?? (await registerOnce(deps, enroll, token));
    if (device.state === 'retired') throw failProtocol('E_RETIRED');
    if (device.isNew) {
      deps.log.info(
        { deviceId: device.deviceId, hostname: enroll.hostname, state: device.state },
        'device enrolled',
      );
      deps.registered(deps.trust.tenant, device.idx);
    }
    return answer(deps, { enroll, context, device, token });
  };
}

function answer(
  { trust, clock }: EnrollmentDeps,
  {
    enroll,
    context,
    device,
    token,
  }: { enroll: Enroll; context: EnrollContext; device: Registered; token: SpendableToken },
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
