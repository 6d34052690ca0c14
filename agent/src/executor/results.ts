// Writes the result document of a run: what was done, in words and numbers, ready to be signed with the device's key.
import { encodeBase64url } from '@muster/protocol';
import { MAX_OUTPUT_BYTES, type Result } from '@muster/protocol/commands';
import type { CoreAct, RunEnd, RunEntry } from './records.ts';

/** What is said of an end. */
export interface Ending {
  readonly state: Result['state'];
  readonly code: string | null;
  readonly summary: string;
  readonly exit?: number | null;
  readonly unchanged?: boolean;
  /** Kept output; the tail of it where it is too long. */
  readonly output?: Uint8Array;
  /** All output that was written, bytes; absent: what is kept. */
  readonly outputBytes?: number;
  readonly act?: CoreAct | null;
}

/** Who says it, and when. */
export interface ResultContext {
  readonly org: string;
  readonly deviceId: string;
  readonly nowMs: number;
  sha256(bytes: Uint8Array): Uint8Array;
}

/** A sentence that fits the document: no control characters, bounded, never empty. */
export function plainSentence(text: string, otherwise = 'Nothing was said.'): string {
  const plain = text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  const cut = plain.length > 512 ? `${plain.slice(0, 511)}…`.toWellFormed() : plain;
  return cut === '' ? otherwise : cut;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** The end of a run as its journal keeps it. */
export function writeEnd(
  run: Pick<RunEntry, 'cmdId' | 'startedAtMs' | 'attempts' | 'dryRun'>,
  ending: Ending,
  { org, deviceId, nowMs, sha256 }: ResultContext,
): RunEnd {
  const output = (ending.output ?? new Uint8Array(0)).slice(-MAX_OUTPUT_BYTES);
  const result: Result = {
    v: 1,
    org,
    deviceId,
    cmdId: run.cmdId,
    state: ending.state,
    code: ending.code,
    exit: ending.exit ?? null,
    summary: plainSentence(ending.summary),
    startedAt: run.startedAtMs === null ? null : iso(run.startedAtMs),
    endedAt: iso(nowMs),
    attempts: run.attempts,
    unchanged: ending.unchanged ?? false,
    dryRun: run.dryRun,
    outputSha256: encodeBase64url(sha256(output)),
    outputBytes: Math.max(ending.outputBytes ?? 0, output.length),
  };
  return { result: JSON.stringify(result), output: encodeBase64url(output), act: ending.act ?? null };
}
