// Judges a command as a device would, only to tell people early: the device trusts none of this.
import {
  type CommandClass,
  type Crypto,
  classOf,
  type Envelope,
  isMusterError,
  parseEnvelope,
  readTimeMs,
  type TrustState,
} from '@muster/protocol';
import {
  CLOCK_SKEW_MS,
  COMMAND_TYPE,
  type Command,
  type CommandKind,
  checkKindArgs,
  checkQuorum,
  countTargets,
  isCommandKind,
  isStrictlySorted,
  MAX_DESTRUCTIVE_TTL_MS,
  MAX_LISTED_TARGETS,
  MAX_TTL_MS,
  openDocument,
  signersNeeded,
  signerVerifyKeys,
} from '@muster/protocol/commands';
import { compileExpression } from '@muster/protocol/language';
import { fail } from '../../errors.ts';

/** What a command is held against. */
export interface JudgeDeps {
  readonly crypto: Crypto;
  readonly trust: { readonly org: string; current(): TrustState };
  now(): number;
}

/** A command whose signatures hold. */
export interface JudgedCommand {
  readonly command: Command;
  readonly kind: CommandKind;
  readonly commandClass: CommandClass;
  /** base64url. */
  readonly digest: string;
  /** Only with signatures of keys in force. */
  readonly envelope: Envelope;
  readonly signers: readonly string[];
  /** Distinct signers it needs. */
  readonly needed: number;
  readonly isSigned: boolean;
  readonly targets: number;
}

/**
 * Opens a command. Too few signatures are no fault: they can be added.
 * @throws MusterError those of openDocument, E_ORG, E_BLAST, E_TARGET, E_TRUST, E_ROLE, E_MODE, E_TIME, E_EXPRESSION
 */
export function judgeCommand(input: unknown, { crypto, trust, now }: JudgeDeps): JudgedCommand {
  const inForce = trust.current().document;
  const keys = signerVerifyKeys(inForce, crypto);
  const envelope = parseEnvelope(input);
  const {
    document: command,
    signers,
    direct,
    digest,
  } = openDocument<Command>(envelope, {
    type: COMMAND_TYPE,
    schema: 'command',
    keys,
    crypto,
  });
  const { kind } = command;
  if (!isCommandKind(kind)) throw fail('E_SCHEMA', { detail: `There is no kind ${kind}.` });
  checkKindArgs(kind, command.args);
  if (command.org !== trust.org) throw fail('E_ORG');
  if (command.trustVersion > inForce.version) throw fail('E_TRUST');
  const commandClass = classOf(kind, inForce.classes);
  checkTargets(command, commandClass);
  checkTimes(command, commandClass, now());
  if (command.bound !== '') compileExpression(command.bound, { for: 'device' });
  const known = envelope.signatures.filter(({ keyid }) => keys.some((key) => key.keyid === keyid));
  const { requester, emergency: isEmergency = false } = command;
  return {
    command,
    kind,
    commandClass,
    digest,
    envelope: { ...envelope, signatures: known },
    signers: [...signers].toSorted(),
    needed: signersNeeded(commandClass, inForce.mode, isEmergency),
    isSigned: hasQuorum({ trust: inForce, signers, direct, requester, kind, commandClass, isEmergency }),
    targets: countTargets(command),
  };
}

function checkTargets({ targets }: Command, commandClass: CommandClass): void {
  const isList = 'list' in targets;
  if (isList && !isStrictlySorted(targets.list.map(({ id }) => id))) throw fail('E_TARGET');
  if (commandClass !== 'destructive') return;
  if (!isList || targets.list.length > MAX_LISTED_TARGETS) throw fail('E_BLAST');
}

function checkTimes(command: Command, commandClass: CommandClass, nowMs: number): void {
  const notBeforeMs = readTimeMs(command.notBefore);
  const notAfterMs = readTimeMs(command.notAfter);
  const longest = commandClass === 'destructive' ? MAX_DESTRUCTIVE_TTL_MS : MAX_TTL_MS;
  const isSound = notAfterMs > notBeforeMs && notAfterMs - notBeforeMs <= longest;
  if (!isSound || nowMs > notAfterMs || notBeforeMs - nowMs > MAX_TTL_MS + CLOCK_SKEW_MS)
    throw fail('E_TIME');
}

function hasQuorum(question: Parameters<typeof checkQuorum>[0]): boolean {
  try {
    checkQuorum(question);
    return true;
  } catch (error) {
    if (isMusterError(error, 'E_QUORUM')) return false;
    throw error;
  }
}
