// Who a command is for: the sorted list, or a hash tree whose root was signed and whose proofs are handed out one a device.
//
// Leaves are sha256(0x00 ‖ device id), inner nodes sha256(0x01 ‖ left ‖ right), so that neither can stand for the other
// (RFC 6962 section 2.1). A node without a sibling moves up as it is; the signed count decides the form of the tree, so a
// proof has one length and one meaning for each index.
import { fail } from '../errors.ts';
import { decodeBase64url, encodeBase64url } from '../signing/base64url.ts';
import { concatBytes, encodeUtf8, equalBytes } from '../signing/bytes.ts';
import type { Hash } from '../signing/crypto.ts';
import { MAX_PROOF_HASHES, MAX_TARGETS } from './limits.ts';

/** The way from one leaf to the root. */
export interface TargetProof {
  /** Place of the device among the sorted ids, from 0. */
  readonly index: number;
  /** Siblings from the leaf upwards, base64url, 32 bytes each. */
  readonly path: readonly string[];
}

/** A hash tree over sorted device ids, for handing out proofs. */
export interface TargetTree {
  /** base64url. */
  readonly root: string;
  /** Leaves. */
  readonly count: number;
  /** The proof of the device at that place among the sorted ids. @throws MusterError E_TARGET for none there */
  proof(index: number): TargetProof;
}

/** Before the bytes of a leaf. */
const LEAF = new Uint8Array([0]);
/** Before the two hashes of an inner node. */
const NODE = new Uint8Array([1]);

function hashLeaf(deviceId: string, crypto: Hash): Uint8Array {
  return crypto.sha256(concatBytes([LEAF, encodeUtf8(deviceId)]));
}

function hashNode(left: Uint8Array, right: Uint8Array, crypto: Hash): Uint8Array {
  return crypto.sha256(concatBytes([NODE, left, right]));
}

/** True when every text is greater than the one before. */
export function isStrictlySorted(texts: readonly string[]): boolean {
  let before: string | undefined;
  for (const text of texts) {
    if (before !== undefined && text <= before) return false;
    before = text;
  }
  return true;
}

/** One level of the tree to the next. */
function foldLevel(level: readonly Uint8Array[], crypto: Hash): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at];
    const right = level[at + 1];
    if (left !== undefined) next.push(right === undefined ? left : hashNode(left, right, crypto));
  }
  return next;
}

/**
 * Builds the tree over device ids; memory is 64 bytes a device.
 * @throws MusterError E_TARGET for none, too many, unsorted or repeated ids
 */
export function buildTargetTree(sortedIds: readonly string[], crypto: Hash): TargetTree {
  const count = sortedIds.length;
  if (count === 0 || count > MAX_TARGETS || !isStrictlySorted(sortedIds)) throw fail('E_TARGET');
  // All levels are kept: a proof is then a walk, not another tree.
  let level = sortedIds.map((id) => hashLeaf(id, crypto));
  const levels = [level];
  while (level.length > 1) {
    level = foldLevel(level, crypto);
    levels.push(level);
  }
  // One hash is left.
  const top = concatBytes(level);
  return {
    root: encodeBase64url(top),
    count,
    proof(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count) throw fail('E_TARGET');
      const path = levels
        .slice(0, -1)
        .map((level, height) => level[(index >> height) ^ 1])
        .filter((sibling) => sibling !== undefined);
      return { index, path: path.map((hash) => encodeBase64url(hash)) };
    },
  };
}

/** What a device holds a proof against. */
export interface ProofClaim {
  readonly deviceId: string;
  /** Root as signed, base64url. */
  readonly root: string;
  /** Leaves as signed; with the index it decides how long the proof is. */
  readonly count: number;
  readonly proof: TargetProof;
  readonly crypto: Hash;
}

/** The hash that a proof leads to; null when it has the wrong length for its index and count. */
function climb({ deviceId, count, proof, crypto }: ProofClaim): Uint8Array | null {
  const { index, path } = proof;
  let hash = hashLeaf(deviceId, crypto);
  let used = 0;
  let place = index;
  for (let width = count; width > 1; width = (width + 1) >> 1) {
    // The last node of an odd level has no sibling and moves up as it is.
    const isAlone = place === width - 1 && width % 2 === 1;
    if (!isAlone) {
      const text = path[used++];
      if (text === undefined) return null;
      const sibling = decodeBase64url(text);
      if (sibling.length !== 32) return null;
      hash = place % 2 === 0 ? hashNode(hash, sibling, crypto) : hashNode(sibling, hash, crypto);
    }
    place >>= 1;
  }
  return used === path.length ? hash : null;
}

/** True when the proof shows that the device is one of the signed ones. @throws MusterError E_B64 for a hash that is no clean base64url */
export function holdsProof(claim: ProofClaim): boolean {
  const { root, count, proof } = claim;
  const { index, path } = proof;
  if (!Number.isInteger(index) || index < 0 || index >= count || count > MAX_TARGETS) return false;
  if (path.length > MAX_PROOF_HASHES) return false;
  const top = climb(claim);
  return top !== null && equalBytes(top, decodeBase64url(root));
}
