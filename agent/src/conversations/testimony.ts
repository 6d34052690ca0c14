// What this device testifies to about the server's audit: the file it stands in, and what follows when another checkpoint is shown.
import { type AuditProof, type AuditProve, type Envelope, findFork, followsFrom } from '@muster/protocol';
import { nodeCrypto } from '../identity/crypto.ts';
import type { Storage } from '../platform/storage.ts';

/** Name of the file in the state folder. */
export const WITNESS_FILE = 'witness.json';
/** Largest such file that is believed, bytes: about twenty envelopes. */
const MAX_BYTES = 64 * 1024;
/** Largest envelope of a checkpoint that is kept, characters of JSON: an honest one has 500, and all that are kept fit in the file. */
export const MAX_KEPT_CHARS = 2_048;
/** Checkpoints that are kept behind the newest; when there are more, every second one goes, so that they span the whole time. */
const MAX_OLDER = 16;
/** Questions that may stay without a proof, and for how long, before that is an alarm: a busy server leaves some unanswered. */
const MAX_UNANSWERED = 4;
const UNANSWERED_MS = 3_600_000;

/** A checkpoint that was verified, and the envelope that proves it to others. */
export interface SeenCheckpoint {
  readonly org: string;
  readonly size: number;
  readonly root: string;
  /** Server clock when it was signed. */
  readonly at: string;
  readonly envelope: Envelope;
}

/** What does not follow from what was seen, or is not shown to. */
export interface WitnessAlarm {
  readonly code: 'E_AUDIT_SHRUNK' | 'E_AUDIT_FORK' | 'E_AUDIT_UNPROVEN';
  /** When it was noticed first, by the device's clock. */
  readonly since: string;
  readonly shown: SeenCheckpoint;
}

/** A larger checkpoint that was shown, until the server proves that it goes on from the newest. */
export interface UnprovenCheckpoint {
  /** When it was shown first, by the device's clock. */
  readonly since: string;
  /** Words that asked for the proof. */
  readonly asked: number;
  readonly shown: SeenCheckpoint;
}

/** What the device testifies to. */
export interface Testimony {
  /** The newest checkpoint of which it was proven that it goes on from those before. Null: none came yet. */
  readonly newest: SeenCheckpoint | null;
  /** Some of those before it, oldest first. */
  readonly older: readonly SeenCheckpoint[];
  /** Null: nothing larger was shown. */
  readonly unproven: UnprovenCheckpoint | null;
  /** Null: everything that came followed. */
  readonly alarm: WitnessAlarm | null;
}

const nothing: Testimony = { newest: null, older: [], unproven: null, alarm: null };

/** Reads what this device has seen; a damaged file is nothing: better to begin anew than to be no witness any more. */
export async function readTestimony(storage: Storage): Promise<Testimony> {
  const bytes = await storage.readRange(WITNESS_FILE, 0, MAX_BYTES);
  if (bytes === null) return nothing;
  try {
    // A file of an older build lacks some of it.
    return { ...nothing, ...(JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Testimony>) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return nothing;
  }
}

/** Keeps it. */
export async function writeTestimony(storage: Storage, testimony: Testimony): Promise<void> {
  await storage.writeAtomic(WITNESS_FILE, Buffer.from(`${JSON.stringify(testimony)}\n`));
}

/** What a device saw, as lines for a person. */
export function describeTestimony({ newest, unproven, alarm }: Testimony): string[] {
  if (newest === null) return [];
  const lines = [
    `Audit        ${newest.size} entries of the server seen, the last checkpoint of ${newest.at}`,
  ];
  if (unproven !== null)
    lines.push(
      `             ${unproven.shown.size} entries are shown since ${unproven.since}; that they go on from these is not proven yet.`,
    );
  if (alarm === null) return lines;
  const { shown, code, since } = alarm;
  return [
    ...lines,
    `             Alarm since ${since}: the server shows ${shown.size} entries that do not follow (${code}).`,
    '             Keep "muster-agent status --json" as proof. After a backup was restored this is expected: muster-agent witness --accept',
  ];
}

/** Ends an alarm: from here on the device goes by what it was shown, as after a backup was restored. False: there is none. */
export async function acceptShown(storage: Storage): Promise<boolean> {
  const { alarm } = await readTestimony(storage);
  if (alarm === null) return false;
  // What is older belongs to the history that was given up.
  await writeTestimony(storage, { ...nothing, newest: alarm.shown });
  return true;
}

/** What comes of a checkpoint or a proof. */
export interface Judgement {
  /** The same object where nothing changes. */
  readonly after: Testimony;
  /** The checkpoint that is contradicted, and the one that contradicts it; null: none. */
  readonly conflict: { readonly seen: SeenCheckpoint; readonly shown: SeenCheckpoint } | null;
}

/** The first proof is kept: together with what was seen it convicts. */
function raiseAlarm(
  before: Testimony,
  { code, seen, shown }: Pick<WitnessAlarm, 'code' | 'shown'> & { readonly seen: SeenCheckpoint },
  nowMs: number,
): Judgement {
  const isFirst = before.alarm === null || before.alarm.code === 'E_AUDIT_UNPROVEN';
  const alarm = { code, since: new Date(nowMs).toISOString(), shown };
  return {
    after: isFirst && before.alarm?.code !== code ? { ...before, alarm } : before,
    conflict: { seen, shown },
  };
}

/** What a device testifies to after it was shown another checkpoint: a larger one waits for its proof. Pure. */
export function judgeShown(before: Testimony, shown: SeenCheckpoint, nowMs: number): Judgement {
  const { newest, unproven } = before;
  // Of another organization: the device was enrolled anew.
  if (newest === null || newest.org !== shown.org)
    return { after: { ...nothing, newest: shown }, conflict: null };
  for (const seen of unproven === null ? [newest] : [newest, unproven.shown]) {
    const code = findFork(seen, shown);
    if (code !== null) return raiseAlarm(before, { code, seen, shown }, nowMs);
  }
  if (shown.size === newest.size) return { after: before, conflict: null };
  // The first one waits, whatever is shown behind it: else a server could go on for ever without a proof, or show it to nobody again.
  const waiting = unproven ?? { since: new Date(nowMs).toISOString(), asked: 0, shown };
  const asked = { ...before, unproven: { ...waiting, asked: waiting.asked + 1 } };
  // Either way: a clock that was set back must not keep the question open.
  const isOverdue = Math.abs(nowMs - Date.parse(waiting.since)) >= UNANSWERED_MS;
  if (waiting.asked < MAX_UNANSWERED || !isOverdue) return { after: asked, conflict: null };
  return raiseAlarm(asked, { code: 'E_AUDIT_UNPROVEN', seen: newest, shown: waiting.shown }, nowMs);
}

/** What the server is to prove; null: nothing. Pure. */
export function questionOf({ newest, unproven }: Testimony): AuditProve | null {
  if (newest === null || unproven === null) return null;
  return { type: 'audit.prove', from: newest.size, to: unproven.shown.size };
}

function keepOlder({ older, newest }: Testimony): readonly SeenCheckpoint[] {
  const all = newest === null ? older : [...older, newest];
  return all.length <= MAX_OLDER ? all : all.filter((_, at) => at % 2 === 0);
}

/** What a device testifies to after a proof came: it goes on to the larger checkpoint, or it found a fork. Pure. */
export function judgeProof(before: Testimony, { from, to, hashes }: AuditProof, nowMs: number): Judgement {
  const { newest, unproven, alarm } = before;
  const isAsked = newest?.size === from && unproven?.shown.size === to;
  // The answer to an older question.
  if (newest === null || unproven === null || !isAsked) return { after: before, conflict: null };
  const { shown } = unproven;
  if (!followsFrom(newest, { later: shown, hashes }, nodeCrypto))
    return raiseAlarm(before, { code: 'E_AUDIT_FORK', seen: newest, shown }, nowMs);
  const after = { newest: shown, older: keepOlder(before), unproven: null };
  // That a proof was late is over when it comes; anything else a person must end.
  return {
    after: { ...after, alarm: alarm?.code === 'E_AUDIT_UNPROVEN' ? null : alarm },
    conflict: null,
  };
}
