// `muster-verify`: reads its command line, verifies an export, and says in plain sentences what it found.
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { safeText } from '../output/safe-text.ts';
import type { Terminal } from '../terminal.ts';
import { hashOfTrust } from './keys.ts';
import { createVerifier, type Report, type VerifyOptions } from './verify.ts';

const USAGE = `Verify an export of the audit, with the server gone:

  muster audit export --out audit.jsonl
  muster-verify audit.jsonl --trust-hash 3q2-7w… --witness status-of-a-device.json

It checks the chain of hashes, the hash tree, the signature of every checkpoint and that each goes on from the one before.

Whose audit it is, one of these says (--unanchored goes without, and proves only that the export fits together):
  --trust-hash HASH   hash of the first trust document: muster trust show, or the last part of an enrollment token
  --trust FILE        the first trust document itself, signed, as JSON
  --server-key KEY    public key of the server, base64url; may be given more than once
  --trust-version N   the trust document whose keys the last checkpoint must be signed by, or a later one; without it the newest
                      of the export. Name it, as muster trust show says it: who took a key that was replaced cannot sign then

What devices saw, so that nothing could be cut off or rewritten as a whole:
  --witness FILE      output of "muster-agent status --json" of a device; may be given more than once

  --json              print the report as JSON

Exit codes: 0 everything holds, 1 something was changed, cut off or signed by somebody else, 2 the command line is not
understood, 3 a file cannot be read.
`;

/** Exit codes. */
type Exit = 0 | 1 | 2 | 3;

interface Wish extends VerifyOptions {
  readonly path: string;
  readonly isJson: boolean;
}

class UsageError extends Error {}
class FileError extends Error {}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new FileError(`The file ${path} cannot be read.`, { cause });
  }
}

/** The hash of the first document in a file: a signed document, or a list of them as the API answers it. */
function readTrustHash(path: string): string {
  const value: unknown = JSON.parse(readText(path));
  const list =
    typeof value === 'object' && value !== null && 'envelopes' in value ? value.envelopes : [value];
  return hashOfTrust(Array.isArray(list) ? list[0] : list);
}

/** A hash may begin with a dash, which would look like another flag. */
function bindValues(args: readonly string[]): string[] {
  const valued = new Set(['--trust-hash', '--trust-version', '--server-key', '--trust', '--witness']);
  const bound: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [arg = '', value] = [args[at], args[at + 1]];
    if (!valued.has(arg) || value === undefined) bound.push(arg);
    else {
      bound.push(`${arg}=${value}`);
      at += 1;
    }
  }
  return bound;
}

/** The version that the last checkpoint is held against; a server key that is named leaves all versions aside. */
function readVersion(text: string | undefined, serverKeys: readonly string[]): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError('A trust version is a whole number from 1.');
  if (serverKeys.length > 0)
    throw new UsageError(
      '--trust-version goes by the trust documents of the export, which --server-key leaves aside; give one of them.',
    );
  return Number(text);
}

function readWish(args: readonly string[]): Wish | null {
  const { values, positionals } = parseArgs({
    args: bindValues(args),
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
      unanchored: { type: 'boolean' },
      'trust-hash': { type: 'string' },
      trust: { type: 'string' },
      'trust-version': { type: 'string' },
      'server-key': { type: 'string', multiple: true },
      witness: { type: 'string', multiple: true },
    },
  });
  if (values.help === true) return null;
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError('Name one export.');
  const trustHash = values['trust-hash'] ?? (values.trust === undefined ? null : readTrustHash(values.trust));
  const serverKeys = values['server-key'] ?? [];
  if (trustHash === null && serverKeys.length === 0 && values.unanchored !== true)
    throw new UsageError('Say whose audit it is: --trust-hash, --trust or --server-key.');
  const witnesses = (values.witness ?? []).map((name) => ({ name, text: readText(name) }));
  const trustVersion = readVersion(values['trust-version'], serverKeys);
  return { path, trustHash, serverKeys, trustVersion, witnesses, isJson: values.json === true };
}

async function verifyFile({ path, ...options }: Wish): Promise<Report> {
  const verifier = createVerifier(options);
  try {
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Number.POSITIVE_INFINITY,
    }))
      if (line !== '') verifier.line(line);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new FileError(`The file ${path} cannot be read.`, { cause });
  }
  return verifier.finish();
}

function describe(report: Report): string {
  const { org, from, to, entries, checkpoints, witnesses, isAnchored, faults, faultCount } = report;
  const what = `${entries} entries (${from} to ${to}) of ${org}, ${checkpoints} signed checkpoints, ${witnesses} seen by devices`;
  const lines =
    faultCount === 0
      ? [`Everything holds: ${what}.`]
      : [`The audit does not hold: ${what}.`, ...faults.map((one) => `- ${one}`)];
  if (faultCount > faults.length) lines.push(`- and ${faultCount - faults.length} more.`);
  if (!isAnchored)
    lines.push(
      'Nothing says whose audit this is: somebody may have made it up as a whole (see --trust-hash).',
    );
  if (witnesses === 0)
    lines.push('No device was asked what it saw, so newer entries may have been cut off (see --witness).');
  return `${lines.map(safeText).join('\n')}\n`;
}

/** Runs it; resolves with the exit code. */
export async function runVerify(
  args: readonly string[],
  terminal: Pick<Terminal, 'stdout' | 'stderr'>,
): Promise<Exit> {
  try {
    const wish = readWish(args);
    if (wish === null) {
      terminal.stdout.write(USAGE);
      return 0;
    }
    const report = await verifyFile(wish);
    terminal.stdout.write(wish.isJson ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
    return report.faultCount === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof FileError) {
      terminal.stderr.write(`${safeText(error.message)}\n`);
      return 3;
    }
    if (!(error instanceof Error)) throw error;
    const [first = ''] = error.message.split('\n');
    terminal.stderr.write(`${safeText(first)} See muster-verify --help.\n`);
    return 2;
  }
}
