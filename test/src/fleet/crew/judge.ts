// Judges offered commands as a device does. The bytes of one command are verified once a process; what concerns a device, for each.
import { type Envelope, fingerprint, isMusterError, type RunOffer } from '@muster/protocol';
import {
  type CommandOffer,
  checkFreshness,
  checkNotStopped,
  holdsProof,
  type VerifiedCommand,
  type VerifyContext,
  verifyCommand,
} from '@muster/protocol/commands';
import { compileExpression } from '@muster/protocol/language';
import { crypto } from '../../support/crypto.ts';
import { characterOf } from '../characters.ts';
import { factsOf } from '../facts.ts';
import { publicKeyOf } from './identity.ts';
import type { SharedTrust, Word } from './trust.ts';
import type { World } from './world.ts';

/** Commands whose verification is remembered. */
const MAX_REMEMBERED = 64;
/** Conditions that are kept compiled. */
const MAX_BOUNDS = 64;

/** A command that a device takes, or why it does not. */
export type Verdict =
  | { readonly verified: VerifiedCommand }
  | { readonly code: string; readonly message: string; readonly retryable: boolean };

/** Judges offers. */
export interface CommandJudge {
  judge(slot: number, offer: RunOffer, word: Word | null): Verdict;
}

/** What was verified, by which trust document. */
interface Remembered {
  readonly bytes: string;
  readonly trustVersion: number;
  readonly verified: VerifiedCommand;
}

/** Makes a judge. */
export function createJudge(world: World, trust: SharedTrust): CommandJudge {
  const remembered = new Map<string, Remembered>();
  const bounds = new Map<string, ReturnType<typeof compileExpression>>();

  function holds(slot: number, bound: string): boolean {
    let expression = bounds.get(bound);
    if (expression === undefined) {
      if (bounds.size >= MAX_BOUNDS) bounds.clear();
      expression = compileExpression(bound, { for: 'device' });
      bounds.set(bound, expression);
    }
    return expression.evaluate({
      values: { ...factsOf(characterOf(world.deviceOf(slot))), id: world.tables.ids[slot] },
    });
  }

  /** The device's clock, and its time: that clock, but never before the newest word. */
  function clocksOf(slot: number, word: Word | null) {
    const clockMs = world.deviceNow(slot);
    const freshMs = word === null ? 0 : Date.parse(word.freshness.at);
    return { clockMs, nowMs: Math.max(clockMs, freshMs) };
  }

  function contextOf(slot: number, word: Word | null): VerifyContext {
    const state = trust.state();
    if (state === null) throw new Error('there is no trust document');
    const { tables } = world;
    return {
      crypto,
      trust: state.document,
      device: {
        org: state.document.org,
        deviceId: tables.ids[slot] ?? '',
        hostname: characterOf(world.deviceOf(slot)).hostname,
        fingerprint: fingerprint(publicKeyOf(tables, slot), crypto),
        holds: (bound) => holds(slot, bound),
      },
      ...clocksOf(slot, word),
      freshness: word?.freshness ?? null,
      halts: word?.halts ?? [],
      deny: [],
      digestOf: () => undefined,
    };
  }

  /** What may differ between devices that were offered the same bytes. @throws MusterError */
  function checkDevice(
    { command, commandClass, notAfterMs }: VerifiedCommand,
    offer: CommandOffer,
    slot: number,
    word: Word | null,
  ) {
    const { clockMs, nowMs } = clocksOf(slot, word);
    if (nowMs > notAfterMs) return false;
    const { targets, bound } = command;
    if ('list' in targets || offer.proof === null) return false;
    const { root, count } = targets;
    const deviceId = world.tables.ids[slot] ?? '';
    if (!holdsProof({ deviceId, root, count, proof: offer.proof, crypto })) return false;
    if (bound !== '' && !holds(slot, bound)) return false;
    checkFreshness(commandClass, { freshness: word?.freshness ?? null, nowMs });
    checkNotStopped(command, {
      halts: word?.halts ?? [],
      freshness: word?.freshness ?? null,
      nowMs,
      clockMs,
    });
    return true;
  }

  return {
    judge(slot, offer, word) {
      const bytes = bytesOf(offer.envelope, offer.content);
      const known = remembered.get(offer.cmdId);
      try {
        if (known?.bytes === bytes && known.trustVersion === trust.version()) {
          if (checkDevice(known.verified, offer, slot, word)) return { verified: known.verified };
        }
        // The first of its bytes, or a doubt: all steps, from scratch, which also finds the right code.
        const verified = verifyCommand(offer, contextOf(slot, word));
        if (remembered.size >= MAX_REMEMBERED) remembered.clear();
        remembered.set(offer.cmdId, { bytes, trustVersion: trust.version(), verified });
        return { verified };
      } catch (error) {
        if (!isMusterError(error)) throw error;
        const { code, message, retryable } = error;
        return { code, message, retryable };
      }
    },
  };
}

/** Everything that is signed or signs, as one text. */
function bytesOf(envelope: Envelope, content: readonly Envelope[]): string {
  return [envelope, ...content]
    .map(
      ({ payload, payloadType, signatures }) =>
        `${payloadType} ${payload} ${signatures.map(({ sig }) => sig).join(' ')}`,
    )
    .join('\n');
}
