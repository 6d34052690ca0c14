// The device as a witness: takes the checkpoints of the server's audit, asks for proof that each goes on from the one before, and raises an alarm.
import {
  type AuditAlarm,
  type AuditCheckpoint,
  type AuditProof,
  type AuditProve,
  fail,
  isMusterError,
  openCheckpoint,
  parseEnvelope,
  type ReadonlyTrust,
} from '@muster/protocol';
import { nodeCrypto } from '../identity/crypto.ts';
import type { Storage } from '../platform/storage.ts';
import {
  type Judgement,
  judgeProof,
  judgeShown,
  MAX_KEPT_CHARS,
  questionOf,
  readTestimony,
  type SeenCheckpoint,
  type Testimony,
  writeTestimony,
} from './testimony.ts';

/** Devices hear a word together; they ask spread over this time, ms. */
const ASK_WITHIN_MS = 20_000;

/** What the witness needs. */
export interface WitnessDeps {
  readonly storage: Storage;
  /** The trust document in force here. */
  trust(): Promise<ReadonlyTrust>;
  now(): number;
  /** [0, 1). */
  random(): number;
  /** Calls `work` after so many ms. */
  after(delayMs: number, work: () => void): void;
  /** Says something to the server, where there is a session. */
  send(message: AuditAlarm | AuditProve): void;
  /** A checkpoint did not pass its verification. */
  refused(what: string, code: string): void;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** Takes checkpoints and proofs, one after the other. */
export interface Witness {
  /** A checkpoint came with the word of now. Never throws. */
  take(envelope: unknown): void;
  /** A proof came. Never throws. */
  prove(proof: AuditProof): void;
  /** Resolves when what came is kept. */
  settle(): Promise<void>;
}

function toSeen({ org, size, root, at }: AuditCheckpoint, envelope: unknown): SeenCheckpoint {
  const kept = parseEnvelope(envelope);
  // Signatures by unknown keys count for nothing, and could fill the file until it is not believed any more.
  if (JSON.stringify(kept).length > MAX_KEPT_CHARS) throw fail('E_SIZE');
  return { org, size, root, at, envelope: kept };
}

/** Makes it. */
export function createWitness(deps: WitnessDeps): Witness {
  const { storage, log } = deps;
  let turn: Promise<void> = Promise.resolve();
  /** What was shown last, while an earlier one waits for its proof. */
  let latest: SeenCheckpoint | null = null;
  let isAsking = false;

  function askSoon(): void {
    if (isAsking) return;
    isAsking = true;
    deps.after(deps.random() * ASK_WITHIN_MS, () => {
      isAsking = false;
      inTurn(async () => {
        const question = questionOf(await readTestimony(storage));
        if (question !== null) deps.send(question);
      });
    });
  }

  async function settleOn(before: Testimony, { after, conflict }: Judgement): Promise<void> {
    if (after !== before) await writeTestimony(storage, after);
    if (conflict === null) return;
    const { seen, shown } = conflict;
    deps.send({ type: 'audit.alarm', seen: seen.envelope, shown: shown.envelope });
    log.error(
      { seen: seen.size, shown: shown.size },
      'the server shows another audit than this device saw before, or does not prove that it is the same',
    );
  }

  async function judge(shown: SeenCheckpoint): Promise<void> {
    // Read again each time: a person may have ended an alarm meanwhile.
    const before = await readTestimony(storage);
    const judgement = judgeShown(before, shown, deps.now());
    await settleOn(before, judgement);
    if (questionOf(judgement.after) !== null) askSoon();
  }

  async function open(envelope: unknown): Promise<void> {
    const checkpoint = openCheckpoint(envelope, { trust: await deps.trust(), crypto: nodeCrypto });
    latest = toSeen(checkpoint, envelope);
    await judge(latest);
  }

  async function takeProof(proof: AuditProof): Promise<void> {
    const before = await readTestimony(storage);
    const judgement = judgeProof(before, proof, deps.now());
    await settleOn(before, judgement);
    const { newest, unproven } = judgement.after;
    const hasMoved = newest !== before.newest && unproven === null;
    // Words that came meanwhile showed more.
    if (hasMoved && latest !== null && newest !== null && latest.size > newest.size) await judge(latest);
  }

  function inTurn(work: () => Promise<void>): void {
    turn = turn.then(work).catch((err: unknown) => {
      // A key that stands only in a newer trust document is known after the next welcome.
      if (isMusterError(err) && err.code !== 'E_NOKEY') deps.refused('audit checkpoint', err.code);
      log.warn({ err }, 'a checkpoint of the audit, or its proof, was not taken');
    });
  }

  return {
    take: (envelope) => inTurn(() => open(envelope)),
    prove: (proof) => inTurn(() => takeProof(proof)),
    settle: () => turn,
  };
}
