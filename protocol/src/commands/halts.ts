// Halts in force on a device: which are taken up, which lifted, and whether one holds a command.
import { fail } from '../errors.ts';
import type { Crypto } from '../signing/crypto.ts';
import type { ReadonlyTrust } from '../signing/trust.ts';
import { readTimeMs } from '../time.ts';
import { openDocument } from './document.ts';
import { HALT_TYPE, type Halt, type HaltLift, LIFT_TYPE } from './halt.ts';
import { matchesKind } from './kind-table.ts';
import { CLOCK_SKEW_MS, MAX_HALT_MS } from './limits.ts';
import { hasRole, NOT_DIRECT, signerVerifyKeys } from './signers.ts';

/** A verified halt, with the moment at which this device lets go of it whatever its document says. */
export interface HaltInForce extends Halt {
  /** First sight plus the longest time of a halt, ms since 1970. */
  readonly dropAtMs: number;
}

/** What a halt or lift is held against. */
export interface HaltContext {
  /** The document in force: a halt of somebody who was removed since is refused. */
  readonly trust: ReadonlyTrust;
  readonly crypto: Crypto;
  /** The device's own organization. */
  readonly org: string;
  /** The best knowledge of the time, ms since 1970: a halt is not dated ahead of it. */
  readonly nowMs: number;
  /** The device's own clock, which no word of a server moves, ms since 1970. Absent: nowMs. */
  readonly clockMs?: number;
}

/**
 * Opens a halt: any one signer with the role `halt`. A server that wants to stop work may simply not deliver it, so a halt
 * is never judged by its age, only by its end.
 * @throws MusterError those of openDocument, E_ORG, E_ROLE, E_TIME
 */
export function openHalt(
  envelope: unknown,
  { trust, crypto, org, nowMs, clockMs = nowMs }: HaltContext,
): HaltInForce {
  const keys = signerVerifyKeys(trust, crypto);
  const { document, signers } = openDocument<Halt>(envelope, {
    type: HALT_TYPE,
    schema: 'halt',
    keys,
    crypto,
  });
  if (document.org !== org) throw fail('E_ORG');
  if (!signers.has(document.requester) || !hasRole(trust, document.requester, { role: 'halt', kind: '' }))
    throw fail('E_ROLE');
  // Written so that a time that is none refuses as well.
  const length = readTimeMs(document.until) - readTimeMs(document.at);
  if (!(length > 0 && length <= MAX_HALT_MS)) throw fail('E_TIME');
  // One that is dated ahead could be delivered anew for as long as it is ahead, and hold longer than any halt may.
  if (!(readTimeMs(document.at) <= nowMs + CLOCK_SKEW_MS)) throw fail('E_TIME');
  return { ...document, dropAtMs: clockMs + MAX_HALT_MS };
}

/**
 * Opens a lift: two signers with the role `halt` in hardened mode, one in the others. To stop, a gesture at a page is enough; to let
 * go on, one of them must have signed outside of any page.
 * @throws MusterError those of openDocument, E_ORG, E_ROLE, E_QUORUM
 */
export function openLift(envelope: unknown, { trust, crypto, org }: HaltContext): HaltLift {
  const keys = signerVerifyKeys(trust, crypto);
  const { document, signers, direct } = openDocument<HaltLift>(envelope, {
    type: LIFT_TYPE,
    schema: 'haltLift',
    keys,
    crypto,
  });
  if (document.org !== org) throw fail('E_ORG');
  // Who signs without the role does no harm, and does not count.
  const holders = [...signers].filter((id) => hasRole(trust, id, { role: 'halt', kind: '' }));
  if (!holders.includes(document.requester)) throw fail('E_ROLE');
  if (holders.length < (trust.mode === 'hardened' ? 2 : 1)) throw fail('E_QUORUM');
  if (!holders.some((id) => direct.has(id))) throw fail('E_QUORUM', { detail: NOT_DIRECT });
  return document;
}

/** True for a halt that has ended by itself. Two ends: the signer's, and the device's own for a clock that was turned back. */
export function isHaltOver({ until, dropAtMs }: HaltInForce, clockMs: number): boolean {
  return clockMs >= dropAtMs || clockMs >= readTimeMs(until);
}

/** The halt that holds a command at that time; undefined: none. `nowMs` is a clock that no word of a server moves. */
export function findHalt(
  halts: readonly HaltInForce[],
  { cmdId, kind, nowMs }: { readonly cmdId: string; readonly kind: string; readonly nowMs: number },
): HaltInForce | undefined {
  return halts.find((halt) => {
    const { scope } = halt;
    if (isHaltOver(halt, nowMs)) return false;
    if (scope.what === 'all') return true;
    return scope.what === 'command' ? scope.cmdId === cmdId : matchesKind(scope.kind, kind);
  });
}
