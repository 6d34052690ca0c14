// Turns a report into what is worth a row: code, sentence, output by hash, and the signed result, which is verified when it is read.
import { createHash } from 'node:crypto';
import {
  type Crypto,
  decodeBase64url,
  type Envelope,
  encodeBase64url,
  isFinal,
  MusterError,
  parseEnvelope,
  prepareKey,
} from '@muster/protocol';
import { openDocument, parseDocument, RESULT_TYPE, type Result } from '@muster/protocol/commands';
import { cleanText } from '../../core/db/columns.ts';
import type { ReportChange } from './changes.ts';
import type { BlobRow, RunRow, WholeRun } from './store-runs.ts';

/** A report as it is stored. */
export interface StoredReport {
  /** Null: the state byte says all. */
  readonly row: RunRow | null;
  readonly blob: BlobRow | null;
}

/** The parts of a result envelope, and what it says. */
interface ReadResult {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly keyid: string;
  readonly result: Result;
}

/** Reads a result without verifying it; null for what cannot be the device's result of that run. */
function readResult({ report, deviceId }: ReportChange): ReadResult | null {
  if (report.result === null) return null;
  try {
    const envelope = parseEnvelope(report.result);
    const [signature] = envelope.signatures;
    const payload = decodeBase64url(envelope.payload);
    const result = parseDocument<Result>(payload, 'result');
    const isIts =
      result.cmdId === report.cmdId && result.deviceId === deviceId && result.state === report.state;
    if (envelope.payloadType !== RESULT_TYPE || signature === undefined || !isIts) return null;
    return { payload, signature: decodeBase64url(signature.sig), keyid: signature.keyid, result };
  } catch (error) {
    if (error instanceof MusterError) return null;
    throw error;
  }
}

/** What the signed result adds to the row of its run. */
function readParts(read: ReadResult | null, keptBytes: number) {
  if (read === null)
    return {
      exit: null,
      truncated: false,
      payload: null,
      signature: null,
      keyid: null,
      summary: '',
      code: null,
    };
  const { payload, signature, keyid, result } = read;
  const { exit, outputBytes, summary, code } = result;
  return { exit, truncated: outputBytes > keptBytes, payload, signature, keyid, summary, code };
}

/** What of a report is stored besides its state. */
export function toStored(
  change: ReportChange,
  { job, at, isNumbered }: { readonly job: number; readonly at: Date; readonly isNumbered: boolean },
): StoredReport {
  const { tenant, idx, report } = change;
  const blob = readOutput(tenant, report.output);
  const { summary, ...parts } = readParts(readResult(change), blob?.body.length ?? 0);
  const message = cleanText(report.message || summary);
  const code = report.code ?? parts.code;
  const isPlain = code === null && message === '' && blob === null;
  if (isPlain && !isNumbered && !isFinal(report.state)) return { row: null, blob: null };
  const output = blob?.hash ?? null;
  return { row: { tenant, job, idx, n: report.n, at, ...parts, code, message, output }, blob };
}

function readOutput(tenant: number, output: string): BlobRow | null {
  if (output === '') return null;
  const body = decodeBase64url(output);
  return { tenant, hash: createHash('sha256').update(body).digest(), body };
}

/** The signed result of a stored run. */
export function toEnvelope({ payload, signature, keyid }: WholeRun): Envelope | null {
  if (payload === null || signature === null || keyid === null) return null;
  return {
    payload: encodeBase64url(payload),
    payloadType: RESULT_TYPE,
    signatures: [{ keyid, sig: encodeBase64url(signature) }],
  };
}

/** True when the device's own key signed the result. */
export function isGenuine(envelope: Envelope, deviceKey: Uint8Array, crypto: Crypto): boolean {
  try {
    const keys = [prepareKey('device', deviceKey, crypto)];
    openDocument<Result>(envelope, { type: RESULT_TYPE, schema: 'result', keys, crypto });
    return true;
  } catch (error) {
    if (error instanceof MusterError) return false;
    throw error;
  }
}
