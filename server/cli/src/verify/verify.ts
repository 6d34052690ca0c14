// Verifies an export of the audit line by line, with nothing but the export, an anchor and what devices saw.
import {
  createTreeRange,
  decodeBase64url,
  FIRST_PREV,
  formatHash,
  hashEntry,
  hashLeaf,
  isConsistent,
  isMusterError,
  parseEntry,
  type TreeRange,
} from '@muster/protocol';
import { nodeCrypto } from '../keys/signing-key.ts';
import { type Anchor, createTrustReader, type TrustReader } from './keys.ts';
import { findContradictions, findUncompared, readWitnesses, type Witnessed } from './witnesses.ts';

/** Faults that a report lists; it says how many there are in all. */
const MAX_LISTED = 100;

/** The outcome. */
export interface Report {
  readonly org: string;
  readonly from: number;
  /** Last entry that was read. */
  readonly to: number;
  readonly entries: number;
  readonly checkpoints: number;
  /** Checkpoints of devices that were compared with the entries. */
  readonly witnesses: number;
  /** Whether something outside of the export says whose it is. */
  readonly isAnchored: boolean;
  /** What was found, as sentences; the first ones. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

/** What is verified against. */
export interface VerifyOptions extends Anchor {
  readonly witnesses: readonly { readonly name: string; readonly text: string }[];
}

/** Reads an export. */
export interface Verifier {
  line(text: string): void;
  finish(): Report;
}

/** Makes it. */
export function createVerifier(options: VerifyOptions): Verifier {
  return new ExportVerifier(options);
}

type Line = Readonly<Record<string, unknown>> & { readonly t: string };

function parseLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('t' in value)) return null;
    return { ...value, t: String(value.t) };
  } catch {
    return null;
  }
}

/** A hash of an export; null for anything else. */
function readHash(value: unknown): Uint8Array | null {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value) ? decodeBase64url(value) : null;
}

function readHashes(value: unknown): Uint8Array[] | null {
  if (!Array.isArray(value)) return null;
  const hashes = value.map(readHash);
  return hashes.every((one) => one !== null) ? hashes : null;
}

/** The first line of an export; null for anything else. */
function readHead({ t, v, org, from, to, prev, parts }: Line) {
  const hashes = readHashes(parts);
  if (t !== 'audit' || v !== 1 || typeof org !== 'string' || typeof prev !== 'string') return null;
  const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(to) && Number(from) >= 1;
  return isRange && hashes !== null ? { org, from: Number(from), to: Number(to), prev, parts: hashes } : null;
}

class ExportVerifier implements Verifier {
  private readonly options: VerifyOptions;
  private readonly faults: string[] = [];
  private faultCount = 0;
  private trust: TrustReader | null = null;
  private tree: TreeRange | null = null;
  private org = '';
  private from = 0;
  private claimedTo = 0;
  private seq = 0;
  private prev = '';
  private entries = 0;
  private checkpoints = 0;
  private last: { readonly size: number; readonly root: Uint8Array; readonly envelope: unknown } | null =
    null;
  private proof: { readonly from: number; readonly to: number; readonly hashes: Uint8Array[] } | null = null;
  private hasEnd = false;
  private lines = 0;
  /** What devices saw, by size, until the tree has that size. */
  private awaited: Map<number, Witnessed[]> | null = null;
  private witnesses = 0;
  /** Files of which something was compared. */
  private readonly compared = new Set<string>();

  constructor(options: VerifyOptions) {
    this.options = options;
  }

  line(text: string): void {
    this.lines += 1;
    const line = parseLine(text);
    if (line === null) {
      this.fault(`Line ${this.lines} is no line of an export.`);
      return;
    }
    if (this.lines === 1) {
      this.begin(line);
      return;
    }
    if (this.hasEnd) {
      this.fault(`Line ${this.lines} stands behind the end.`);
      return;
    }
    switch (line.t) {
      case 'trust':
        this.addTrust(line);
        break;
      case 'entry':
        this.addEntry(line);
        break;
      case 'proof':
        this.addProof(line);
        break;
      case 'checkpoint':
        this.addCheckpoint(line);
        break;
      case 'end':
        this.end(line);
        break;
      default:
        this.fault(`Line ${this.lines} is of an unknown kind.`);
    }
  }

  finish(): Report {
    if (this.lines === 0) this.fault('The file is empty.');
    else if (!this.hasEnd) this.fault('The export has no end: something was cut off.');
    this.readTestimony();
    const { org, from, seq: to, entries, checkpoints, witnesses, compared } = this;
    const left = [...(this.awaited?.values() ?? [])].flat();
    for (const sentence of findUncompared(left, { from, to, compared })) this.fault(sentence);
    const { faults, faultCount } = this;
    const { trustHash, serverKeys } = this.options;
    const isAnchored = trustHash !== null || serverKeys.length > 0;
    return { org, from, to, entries, checkpoints, witnesses, isAnchored, faults, faultCount };
  }

  private fault(sentence: string): void {
    this.faultCount += 1;
    if (this.faults.length < MAX_LISTED) this.faults.push(sentence);
  }

  private begin(line: Line): void {
    const head = readHead(line);
    if (head === null) {
      this.fault('The first line is not that of an export of the audit.');
      return;
    }
    const { org, from, to, prev, parts: hashes } = head;
    this.org = org;
    this.from = from;
    this.claimedTo = to;
    this.seq = this.from - 1;
    this.prev = prev;
    if (this.from === 1 && prev !== FIRST_PREV)
      this.fault('The first entry goes on from something before it.');
    this.trust = createTrustReader(this.options, org);
    try {
      this.tree = createTreeRange(nodeCrypto, { size: this.seq, parts: hashes });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fault('The first line does not hold the tree that the export goes on from.');
    }
  }

  private addTrust({ envelope }: Line): void {
    try {
      this.trust?.add(envelope);
    } catch (error) {
      if (!isMusterError(error)) throw error;
      this.fault(`Line ${this.lines}: a trust document does not follow: ${error.message} (${error.code})`);
    }
  }

  private addEntry({ entry: text, hash: claimed }: Line): void {
    this.readTestimony();
    this.entries += 1;
    if (typeof text !== 'string') {
      this.fault(`Line ${this.lines} holds no entry.`);
      return;
    }
    try {
      const entry = parseEntry(text);
      this.seq += 1;
      if (entry.seq !== this.seq) this.fault(`Entry ${entry.seq} stands where entry ${this.seq} belongs.`);
      if (entry.org !== this.org) this.fault(`Entry ${entry.seq} is of another organization.`);
      if (entry.prev !== this.prev)
        this.fault(`Entry ${entry.seq} does not follow from the entry before it.`);
    } catch (error) {
      if (!isMusterError(error)) throw error;
      this.fault(`Line ${this.lines} holds no entry of the audit: ${error.message}`);
    }
    const hash = hashEntry(text.toWellFormed(), nodeCrypto);
    if (claimed !== formatHash(hash)) this.fault(`The hash of entry ${this.seq} is not that of its bytes.`);
    this.prev = formatHash(hash);
    this.tree?.append(hashLeaf(hash, nodeCrypto));
    this.compareWitnesses();
  }

  private addProof({ from, to, hashes }: Line): void {
    const read = readHashes(hashes);
    if (read === null) {
      this.fault(`Line ${this.lines} holds no proof.`);
      return;
    }
    this.proof = { from: Number(from), to: Number(to), hashes: read };
  }

  private addCheckpoint({ envelope }: Line): void {
    if (this.trust === null || this.tree === null) return;
    try {
      const { size, root } = this.trust.open(envelope);
      this.checkpoints += 1;
      if (size !== this.seq)
        this.fault(`The checkpoint over ${size} entries stands behind entry ${this.seq}.`);
      else if (root !== formatHash(this.tree.root()))
        this.fault(`The checkpoint over ${size} entries was signed over other entries.`);
      this.compareProof({ size, root: decodeBase64url(root), envelope });
    } catch (error) {
      if (!isMusterError(error)) throw error;
      this.fault(
        `Line ${this.lines}: a checkpoint is not signed by the server: ${error.message} (${error.code})`,
      );
    }
  }

  /** Each checkpoint must hold the one before as its beginning. */
  private compareProof(next: NonNullable<ExportVerifier['last']>): void {
    const { last, proof } = this;
    const { size, root } = next;
    this.last = next;
    this.proof = null;
    if (last === null) {
      if (proof !== null) this.fault(`The checkpoint before that over ${size} entries is missing.`);
      return;
    }
    const claim = { first: last.size, second: size, firstRoot: last.root, secondRoot: root };
    const holds = proof?.from === last.size && proof.to === size;
    if (!holds || !isConsistent({ ...claim, proof: proof.hashes }, nodeCrypto))
      this.fault(
        `It is not shown that the checkpoint over ${size} entries goes on from that over ${last.size}.`,
      );
  }

  private end({ entries }: Line): void {
    this.hasEnd = true;
    if (entries !== this.entries)
      this.fault(`The export says ${String(entries)} entries and holds ${this.entries}.`);
    if (this.claimedTo !== this.seq)
      this.fault(`The export says that it ends with entry ${this.claimedTo}, and ends with ${this.seq}.`);
    if (this.last?.size !== this.seq)
      this.fault(`No checkpoint covers the entries behind ${this.last?.size ?? this.from - 1}.`);
    const stale = this.last === null ? null : (this.trust?.findStale(this.last.envelope) ?? null);
    if (stale !== null) this.fault(stale);
  }

  /** Once the keys are known, which stand before the entries. */
  private readTestimony(): void {
    if (this.awaited !== null || this.trust === null) return;
    this.awaited = new Map();
    const { witnesses, faults } = readWitnesses(this.options.witnesses, this.trust);
    for (const sentence of [...faults, ...findContradictions(witnesses)]) this.fault(sentence);
    for (const one of witnesses) this.awaited.set(one.size, [...(this.awaited.get(one.size) ?? []), one]);
    this.compareWitnesses();
  }

  private compareWitnesses(): void {
    const seen = this.awaited?.get(this.seq);
    if (seen === undefined || this.tree === null) return;
    this.awaited?.delete(this.seq);
    const root = formatHash(this.tree.root());
    for (const one of seen) {
      this.witnesses += 1;
      this.compared.add(one.from);
      if (one.root !== root)
        this.fault(`${one.from} saw other entries up to ${one.size} than this export holds.`);
    }
  }
}
