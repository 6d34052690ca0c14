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

/** What of a report is stored besides its state. */
export function toStored(
  change: ReportChange,
  { job, at, isNumbered }: { readonly job: number; readonly at: Date; readonly isNumbered: boolean },
): StoredReport {
  const { tenant, idx, report } = change;
  const read = readResult(change);
  const body = report.output === '' ? null : decodeBase64url(report.output);
  const hash = body === null ? null : createHash('sha256').update(body).digest();
  const message = cleanText(report.message === '' ? (read?.result.summary ?? '') : report.message);
  const isPlain = report.code === null && message === '' && read === null && body === null;
  if (isPlain && !isNumbered && !isFinal(report.state)) return { row: null, blob: null };
  const row = {
    tenant,
    job,
    idx,
    n: report.n,
    at,
    code: report.code ?? read?.result.code ?? null,
    message,
    exit: read?.result.exit ?? null,
    output: hash,
    truncated: read !== null && body !== null && read.result.outputBytes > body.length,
    payload: read?.payload ?? null,
    signature: read?.signature ?? null,
    keyid: read?.keyid ?? null,
  };
  return { row, blob: body === null || hash === null ? null : { tenant, hash, body } };
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
