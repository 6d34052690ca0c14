// The verification of a command on a device: every step of docs/architecture/commands.md in its order, each with its code.
//
// Pure: what the device knows is handed in. The executor calls it with its own stores and nothing that another process says.
import { fail } from '../errors.ts';
import { type CommandClass, classOf } from '../signing/classes.ts';
import type { Crypto } from '../signing/crypto.ts';
import type { ReadonlyTrust } from '../signing/trust.ts';
import { readTimeMs } from '../time.ts';
import { COMMAND_TYPE, type Command } from './command.ts';
import { CONTENT_TYPE, type Content } from './content.ts';
import { findContentFault, findUseFault } from './content-use.ts';
import { type DenyRule, findDenial } from './deny.ts';
import { checkKindArgs, documentDigest, type OpenedDocument, openDocument } from './document.ts';
import type { Freshness } from './freshness.ts';
import { findHalt, type HaltInForce } from './halts.ts';
import { isCommandKind, kindEntry } from './kind-table.ts';
import type { CommandKind } from './kinds.ts';
import {
  CLOCK_SKEW_MS,
  DESTRUCTIVE_FRESH_MS,
  MAX_DESTRUCTIVE_TTL_MS,
  MAX_LISTED_TARGETS,
  MAX_TTL_MS,
  PRIVILEGED_FRESH_MS,
} from './limits.ts';
import { checkQuorum, signerVerifyKeys } from './signers.ts';
import { holdsProof, isStrictlySorted, type TargetProof } from './targets.ts';

/** What the server hands over with a command. */
export interface CommandOffer {
  /** The envelope, as text or as an object from a message. */
  readonly envelope: unknown;
  /** Needed where the targets are a tree. */
  readonly proof: TargetProof | null;
  /** Envelopes of the content documents that the parameters name. */
  readonly content: readonly unknown[];
}

/** What the device knows of itself, by itself. */
export interface DeviceFacts {
  /** Organization it is enrolled in. */
  readonly org: string;
  /** Its own id, from enrollment. */
  readonly deviceId: string;
  /** The name it has now, read by itself. */
  readonly hostname: string;
  /** Fingerprint of its own key. */
  readonly fingerprint: string;
  /** Evaluates a condition on its own facts. @throws MusterError E_EXPRESSION */
  holds(bound: string): boolean;
}

/** What the device remembers. */
export interface VerifyContext {
  readonly crypto: Crypto;
  /** The document in force here; a signature counts by it, whatever was in force when it was made. */
  readonly trust: ReadonlyTrust;
  readonly device: DeviceFacts;
  /** The device's best knowledge of the time: never before the last freshness. ms since 1970. */
  readonly nowMs: number;
  /** The device's own clock, which no word of the server moves: halts end by it. ms since 1970. Absent: nowMs. */
  readonly clockMs?: number;
  /** The last verified word of the server; null: none yet. */
  readonly freshness: Freshness | null;
  /** How long the device has had that word by its own clock, ms: a word that was dated ahead gets no younger by it. Absent: not known. */
  readonly heldMs?: number;
  /** Commands that a signed word has canceled which could not be taken for the newest one. Absent: none. */
  readonly canceled?: ReadonlySet<string>;
  /** Verified halts that have not been lifted; those whose time is over do no harm. */
  readonly halts: readonly HaltInForce[];
  /** Rules of the device's owner. */
  readonly deny: readonly DenyRule[];
  /** The digest under which a command id was seen before; undefined: never. */
  digestOf(cmdId: string): string | undefined;
}

/** A command that may be journalled. */
export interface VerifiedCommand {
  /** What was signed. */
  readonly command: Command;
  /** `command.kind`, known to this build. */
  readonly kind: CommandKind;
  /** The stricter of the built-in table and the trust document. */
  readonly commandClass: CommandClass;
  /** Its name in the journal. */
  readonly digest: string;
  /** Who signed, sorted. */
  readonly signers: readonly string[];
  /** The content document that the parameters name; null: they name none. */
  readonly content: Content | null;
  /** It must not start before, ms since 1970. */
  readonly notBeforeMs: number;
  /** It must not start after, ms since 1970. */
  readonly notAfterMs: number;
}

/** Step 9: organization, this device, its facts, the size. @throws MusterError E_ORG, E_TARGET, E_BLAST */
function checkTargets(command: Command, offer: CommandOffer, { device, crypto }: VerifyContext): void {
  if (command.org !== device.org) throw fail('E_ORG');
  const { targets, bound } = command;
  if ('list' in targets) {
    // Sorted and unique: one list has one text, and a reader cannot be shown a device twice to hide another.
    if (!isStrictlySorted(targets.list.map(({ id }) => id))) throw fail('E_TARGET');
    const me = targets.list.find(({ id }) => id === device.deviceId);
    if (me === undefined) throw fail('E_TARGET');
    // The signer saw a name; a server that showed another device's name is found out here.
    if (me.hostname !== device.hostname || me.fingerprint !== device.fingerprint) {
      throw fail('E_TARGET', {
        detail: `The command was signed for a device called ${me.hostname} (${me.fingerprint}), which this one is not; look at the device list and sign again.`,
      });
    }
  } else {
    const { proof } = offer;
    // The server makes the proof; it can withhold it, never make one for a device that was not signed for.
    if (proof === null) throw fail('E_TARGET');
    const { root, count } = targets;
    if (!holdsProof({ deviceId: device.deviceId, root, count, proof, crypto })) throw fail('E_TARGET');
  }
  if (bound !== '' && !device.holds(bound)) {
    throw fail('E_TARGET', { detail: 'The condition signed with the command does not hold on this device.' });
  }
}

/** The number of devices that were signed for. */
export function countTargets({ targets }: Command): number {
  return 'list' in targets ? targets.list.length : targets.count;
}

/** A destructive command names its devices one by one, so that the signer and each device see names. @throws MusterError E_BLAST */
function checkBlast(command: Command, commandClass: CommandClass): void {
  // Other classes are bounded by the server's budgets and by the device's own limits.
  if (commandClass !== 'destructive') return;
  if (!('list' in command.targets) || command.targets.list.length > MAX_LISTED_TARGETS) throw fail('E_BLAST');
}

/** Step 12. Too early is no fault: the run waits. @throws MusterError E_TIME */
function checkTimes(command: Command, commandClass: CommandClass, nowMs: number) {
  const notBeforeMs = readTimeMs(command.notBefore);
  const notAfterMs = readTimeMs(command.notAfter);
  const longest = commandClass === 'destructive' ? MAX_DESTRUCTIVE_TTL_MS : MAX_TTL_MS;
  if (notAfterMs <= notBeforeMs || notAfterMs - notBeforeMs > longest) throw fail('E_TIME');
  if (nowMs > notAfterMs) throw fail('E_TIME', { detail: 'The time of the command is over; sign it again.' });
  // A server could hold a command back by dating its own clock; a signer does not date commands a month ahead.
  if (notBeforeMs - nowMs > MAX_TTL_MS + CLOCK_SKEW_MS) throw fail('E_TIME');
  return { notBeforeMs, notAfterMs };
}

/** Step 13: how old the server's last word may be. @throws MusterError E_STALE */
export function checkFreshness(
  commandClass: CommandClass,
  { freshness, nowMs, heldMs = 0 }: Pick<VerifyContext, 'freshness' | 'nowMs' | 'heldMs'>,
): void {
  // Offline first: what only reads goes on however long the server is gone.
  if (commandClass === 'routine') return;
  const longest = commandClass === 'destructive' ? DESTRUCTIVE_FRESH_MS : PRIVILEGED_FRESH_MS;
  // A device that went down since has no monotonic clock to count on, and may hold a word that is dated ahead by a day.
  // By both clocks: what it says of its own age, and how long it has been here.
  if (freshness === null || Math.max(nowMs - readTimeMs(freshness.at), heldMs) > longest)
    throw fail('E_STALE');
}

/** True for a command that a word has canceled. It only stops, so one that is authentic counts, whatever else its word lacks. */
export function isCanceled(
  cmdId: string,
  { freshness, canceled }: Pick<VerifyContext, 'freshness' | 'canceled'>,
): boolean {
  return freshness?.canceled.includes(cmdId) === true || canceled?.has(cmdId) === true;
}

/** Step 14; also asked again at the start and while it runs. @throws MusterError E_HALTED */
export function checkNotStopped(
  { cmdId, kind }: { readonly cmdId: string; readonly kind: string },
  word: Pick<VerifyContext, 'halts' | 'freshness' | 'canceled' | 'nowMs' | 'clockMs'>,
): void {
  const halt = findHalt(word.halts, { cmdId, kind, nowMs: word.clockMs ?? word.nowMs });
  if (halt !== undefined) {
    throw fail('E_HALTED', {
      detail: `${halt.requester} halted this: ${halt.reason} It ends by itself at ${halt.until}, or when it is lifted.`,
    });
  }
  if (isCanceled(cmdId, word)) throw fail('E_HALTED', { detail: 'The command was canceled.' });
}

/** The content that the parameters name, each approved as its class wants. @throws MusterError E_CONTENT and those of the documents */
function openContent(
  command: Command,
  offer: CommandOffer,
  { crypto, trust, device }: VerifyContext,
): Content | null {
  // By convention the one parameter that names content is called so in every kind.
  const wanted = command.args.content;
  if (typeof wanted !== 'string') return null;
  const keys = signerVerifyKeys(trust, crypto);
  // The server chooses which documents come along; one that was not ordered is passed over, one that is forged refuses all.
  for (const envelope of offer.content) {
    const { document, signers, direct, digest } = openDocument<Content>(envelope, {
      type: CONTENT_TYPE,
      schema: 'content',
      keys,
      crypto,
    });
    // Compared before anything that the document says of itself.
    // Two may have approved the same bytes twice, for other places or users: the signer of the command chose one document, not the bytes.
    if (digest !== wanted) continue;
    if (document.org !== device.org) throw fail('E_ORG');
    const { requester } = document;
    checkQuorum({
      trust,
      signers,
      direct,
      requester,
      kind: 'content',
      commandClass: classOf('content', trust.classes),
    });
    // One signer orders; what two have signed bounds what he may do with it.
    const fault = findContentFault(document) ?? findUseFault(command, document);
    if (fault !== null) throw fail('E_CONTENT', { detail: fault });
    return document;
  }
  throw fail('E_CONTENT');
}

/** Steps 1 to 8: bytes, signatures, strict JSON, schema. @throws MusterError of the step that failed */
function openCommand(
  offer: CommandOffer,
  context: VerifyContext,
): OpenedDocument<Command> & { kind: CommandKind } {
  const { crypto, trust } = context;
  const opened = openDocument<Command>(offer.envelope, {
    type: COMMAND_TYPE,
    schema: 'command',
    keys: signerVerifyKeys(trust, crypto),
    crypto,
  });
  const { kind, args, cmdId } = opened.document;
  if (!isCommandKind(kind)) {
    throw fail('E_SCHEMA', { detail: `This agent does not know the kind ${kind}; update the agent.` });
  }
  checkKindArgs(kind, args);
  // After the signatures: only who may sign can use up an id.
  const before = context.digestOf(cmdId);
  if (before !== undefined && before !== opened.digest) throw fail('E_REPLAY');
  return { ...opened, kind };
}

/** The name under which a journal keeps an offer; asked first, so that a finished command answers its result whatever expired since. */
export function commandDigest(envelope: unknown, crypto: Crypto): string {
  return documentDigest(envelope, crypto);
}

/**
 * Verifies an offered command from scratch, steps 1 to 15 (the journal is asked by the caller before, local limits after).
 * A retryable error (E_TRUST, E_STALE) is no verdict: the same offer may pass once the missing word is here.
 * @throws MusterError with the code of the first step that fails
 */
export function verifyCommand(offer: CommandOffer, context: VerifyContext): VerifiedCommand {
  const { trust, nowMs } = context;
  // The order is part of the protocol: a refusal tells the same on every device.
  const { document: command, signers, direct, digest, kind } = openCommand(offer, context);
  checkTargets(command, offer, context);
  const commandClass = classOf(kind, trust.classes);
  checkBlast(command, commandClass);
  if (command.trustVersion > trust.version) throw fail('E_TRUST', { retryable: true });
  const { requester, emergency: isEmergency = false } = command;
  checkQuorum({ trust, signers, direct, requester, kind, commandClass, isEmergency });
  const content = openContent(command, offer, context);
  const times = checkTimes(command, commandClass, nowMs);
  checkFreshness(commandClass, context);
  checkNotStopped(command, context);
  // The owner's rules name paths and hashes of bodies, which stand in the content document.
  const signed = content === null ? [] : [content.sha256, content.place?.path ?? ''];
  const denial = findDenial(context.deny, kind, { ...command.args, signed });
  if (denial !== undefined)
    throw fail('E_LOCAL_DENY', { detail: `The device's own deny list forbids this: ${denial}` });
  return { command, kind, commandClass, digest, signers: [...signers].toSorted(), content, ...times };
}

/** True for a kind whose run may be ended in the middle. */
export function isStoppable(kind: CommandKind): boolean {
  return kindEntry(kind).stoppable;
}
