// Judges an offer: from the journal, by verification from scratch, by the limits of this device.
import { type CommandClass, type Crypto, classOf, fail as failProtocol, readTimeMs } from '@muster/protocol';
import {
  COMMAND_TYPE,
  type Command,
  type CommandOffer,
  type DenyRule,
  isCommandKind,
  openDocument,
  signerVerifyKeys,
  type VerifiedCommand,
  type VerifyContext,
  verifyCommand,
} from '@muster/protocol/commands';
import type { ListedFreeze } from '@muster/protocol/windows';
import type { Book } from './book.ts';
import { MAX_DESTRUCTIVE_A_DAY, MAX_OPEN_RUNS, MAX_PRIVILEGED_AN_HOUR } from './limits.ts';
import type { KeptOffer, Moment, RunEntry } from './records.ts';
import { codeOf, type Pinned, type Words } from './words.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Codes of steps from which on a document is authentic and complete: a refusal is its end. The others are told and forgotten. */
const VERDICTS = new Set([
  'E_ORG',
  'E_TARGET',
  'E_EXPRESSION',
  'E_BLAST',
  'E_TIME',
  'E_HALTED',
  'E_LOCAL_DENY',
  'E_LIMIT',
]);
/** What a newer word of the server may change. */
const LATER = new Set(['E_NOKEY', 'E_PAGE', 'E_TRUST', 'E_STALE', 'E_DISK_FULL']);

/** What the judge needs. */
export interface JudgeDeps {
  readonly book: Book;
  readonly words: Words;
  readonly pinned: Pinned;
  readonly crypto: Crypto;
  moment(): Moment;
  hostname(): string;
  /** Whether a condition holds on this device's own facts. @throws MusterError E_EXPRESSION */
  holds(bound: string): boolean;
  readonly deny: readonly DenyRule[];
  /** Freezes of the policies that are for this device. */
  readonly freezes: readonly ListedFreeze[];
  readonly hasRoom: boolean;
}

/** What becomes of an offer. */
export type Judgement =
  | { readonly is: 'accepted'; readonly verified: VerifiedCommand; readonly entry: RunEntry }
  /** It ends here, under its digest. */
  | {
      readonly is: 'ended';
      readonly entry: RunEntry;
      readonly state: 'refused' | 'canceled' | 'expired';
      readonly code: string;
      readonly message: string;
    }
  /** Told, not kept. */
  | { readonly is: 'refused'; readonly code: string; readonly message: string }
  | { readonly is: 'later'; readonly code: string; readonly message: string };

/** What is kept of a command before anything has happened to it. */
function createEntry(
  { command, digest, commandClass }: Pick<VerifiedCommand, 'command' | 'digest' | 'commandClass'>,
  offer: KeptOffer,
  { words, moment }: JudgeDeps,
): RunEntry {
  const { cmdId, kind, requester, reason, dryRun } = command;
  if (!isCommandKind(kind)) throw failProtocol('E_SCHEMA');
  return {
    ...{ cmdId, digest, kind, commandClass, requester, reason, dryRun, offer },
    notBeforeMs: readTimeMs(command.notBefore),
    notAfterMs: readTimeMs(command.notAfter),
    acceptedAtMs: words.clockMs(),
    seen: moment(),
    state: 'offered',
    ...{ n: 0, attempts: 0, crashes: 0, isTried: false, confirmedN: 0 },
    ...{ startedAtMs: null, attempt: null, file: null, decision: null, steps: [] },
  };
}

/** Step 16, by the device's own clock. The run itself, where it is known already, does not count. @throws MusterError E_LIMIT */
export function checkLocalLimits(
  runs: readonly RunEntry[],
  {
    cmdId,
    kind,
    commandClass,
    dryRun,
  }: {
    readonly cmdId: string;
    readonly kind: string;
    readonly commandClass: CommandClass;
    readonly dryRun: boolean;
  },
  clockMs: number,
): void {
  const others = runs.filter((run) => run.cmdId !== cmdId);
  const isOpen = ({ offer }: RunEntry) => offer !== null;
  // Runs that wait for a person must not keep out the decision about them.
  const counts = (run: RunEntry) =>
    isOpen(run) && !(kind === 'run.resolve' && run.state === 'waiting-person');
  if (others.filter(counts).length >= MAX_OPEN_RUNS) throw failProtocol('E_LIMIT');
  if (dryRun || commandClass === 'routine') return;
  const ofClass = others.filter((run) => run.commandClass === commandClass && !run.dryRun);
  if (commandClass === 'destructive') {
    const recent = ofClass.filter((run) => isOpen(run) || (run.startedAtMs ?? -DAY_MS) > clockMs - DAY_MS);
    if (recent.length >= MAX_DESTRUCTIVE_A_DAY) throw failProtocol('E_LIMIT');
    return;
  }
  const recent = ofClass.filter(
    (run) => run.acceptedAtMs > clockMs - HOUR_MS && (isOpen(run) || run.startedAtMs !== null),
  );
  if (recent.length >= MAX_PRIVILEGED_AN_HOUR) throw failProtocol('E_LIMIT');
}

/** What verification is held against at this moment. */
export function createVerifyContext(deps: JudgeDeps): VerifyContext {
  const { book, words, pinned, crypto, deny } = deps;
  return {
    crypto,
    trust: words.trust().document,
    device: {
      org: pinned.org,
      deviceId: pinned.deviceId,
      hostname: deps.hostname(),
      fingerprint: pinned.fingerprint,
      holds: deps.holds,
    },
    nowMs: words.nowMs(),
    clockMs: words.clockMs(),
    freshness: words.freshness()?.freshness ?? null,
    heldMs: words.heldMs(),
    canceled: words.canceled(),
    halts: book.halts(),
    deny,
    digestOf: (cmdId) => book.run(cmdId)?.digest,
  };
}

/** How a run ends that does not pass: stopped and late ones were not refused. */
export function endStateOf(
  code: string,
  notAfterMs: number,
  nowMs: number,
): 'refused' | 'canceled' | 'expired' {
  if (code === 'E_HALTED') return 'canceled';
  return code === 'E_TIME' && nowMs > notAfterMs ? 'expired' : 'refused';
}

/** A refusal in the form in which it is kept. The document was found authentic before: its code says so. */
function keepRefusal(offer: KeptOffer, error: Error & { readonly code: string }, deps: JudgeDeps): Judgement {
  const { crypto, words } = deps;
  const trust = words.trust().document;
  const keys = signerVerifyKeys(trust, crypto);
  const options = { type: COMMAND_TYPE, schema: 'command', keys, crypto } as const;
  const { document: command, digest } = openDocument<Command>(offer.envelope, options);
  const commandClass = classOf(command.kind, trust.classes);
  const entry = createEntry({ command, digest, commandClass }, offer, deps);
  const state = endStateOf(error.code, entry.notAfterMs, words.nowMs());
  return { is: 'ended', entry, state, code: error.code, message: error.message };
}

/**
 * Judges an offer that is not in the journal, steps 1 to 16.
 * @throws what is no expected failure, and what `holds` throws that is none
 */
export function judgeOffer(offer: CommandOffer & KeptOffer, deps: JudgeDeps): Judgement {
  try {
    const verified = verifyCommand(offer, createVerifyContext(deps));
    const { command, commandClass } = verified;
    if (!deps.hasRoom)
      return { is: 'later', code: 'E_DISK_FULL', message: 'The disk of the device is full.' };
    const { cmdId, kind, dryRun } = command;
    checkLocalLimits(deps.book.runs(), { cmdId, kind, commandClass, dryRun }, deps.words.clockMs());
    return { is: 'accepted', verified, entry: createEntry(verified, offer, deps) };
  } catch (error) {
    const code = codeOf(error);
    const known = error as Error & { readonly code: string };
    if (LATER.has(code)) return { is: 'later', code, message: known.message };
    return VERDICTS.has(code)
      ? keepRefusal(offer, known, deps)
      : { is: 'refused', code, message: known.message };
  }
}
