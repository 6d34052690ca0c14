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
import type { Job } from './job.ts';
import { packResult, unpackResult } from './packed.ts';
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

/** The signed result as the row of its run holds it. */
function toSigned(
  read: ReadResult | null,
  row: Pick<RunRow, 'at' | 'code' | 'message' | 'exit' | 'output'>,
  job: Job,
): Pick<RunRow, 'payload' | 'signature' | 'keyid'> {
  if (read === null) return { payload: null, signature: null, keyid: '' };
  const { payload, signature, keyid, result } = read;
  const place = { ...row, org: job.command.org, cmdId: job.id, deviceId: result.deviceId };
  const packed = packResult({ payload, keyid }, result, place);
  return packed === null ? { payload, signature, keyid } : { payload: packed, signature, keyid: '' };
}

/** What a report without a result says of it. */
const nothing = { summary: '', code: null, exit: null, outputBytes: 0 } as const;

/** What of a report is stored besides its state. */
export function toStored(
  change: ReportChange,
  { job, at, isNumbered }: { readonly job: Job; readonly at: Date; readonly isNumbered: boolean },
): StoredReport {
  const { tenant, idx, report } = change;
  const blob = readOutput(tenant, report.output);
  const read = readResult(change);
  const { summary, exit, outputBytes, ...result } = read?.result ?? nothing;
  const message = cleanText(report.message || summary);
  const code = report.code ?? result.code;
  const isPlain = code === null && message === '' && blob === null;
  if (isPlain && !isNumbered && !isFinal(report.state)) return { row: null, blob: null };
  const said = { at, code, message, exit, output: blob?.hash ?? null };
  const truncated = outputBytes > (blob?.body.length ?? 0);
  const signed = toSigned(read, said, job);
  return { row: { tenant, job: job.number, idx, n: report.n, ...said, truncated, ...signed }, blob };
}

function readOutput(tenant: number, output: string): BlobRow | null {
  if (output === '') return null;
  const body = decodeBase64url(output);
  return { tenant, hash: createHash('sha256').update(body).digest(), body };
}

/** The signed result of a stored run: the bytes that the device signed. */
export function toEnvelope(run: WholeRun, job: Job, deviceId: string): Envelope | null {
  const { payload, signature, keyid } = run;
  if (payload === null || signature === null) return null;
  const place = { ...run, org: job.command.org, cmdId: job.id, deviceId };
  // Beside its hint stands a document as it was signed. What is neither is shown as it is: not genuine.
  const signed = (keyid === '' ? unpackResult(payload, place) : null) ?? { payload, keyid };
  return {
    payload: encodeBase64url(signed.payload),
    payloadType: RESULT_TYPE,
    signatures: [{ keyid: signed.keyid, sig: encodeBase64url(signature) }],
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
