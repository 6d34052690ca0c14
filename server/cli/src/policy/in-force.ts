// The policies in force, verified by this terminal: signatures, that none is missing, and that nothing is older than what it saw.
import { type ReadonlyTrust, fail as refuse } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import {
  checkAdvance,
  checkMembers,
  hashPolicy,
  openPolicy,
  openPolicySet,
  openUnlessVoid,
  type PolicyMark,
  type PolicySet,
  readPolicySet,
  readRevision,
} from '@muster/protocol/policy';
import { take } from '../api/client.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import type { Session } from '../session.ts';
import { memoryPath, readMemory, writeMemory } from '../trust/memory.ts';
import type { InForce, MemberInForce } from './draft-plan.ts';

/**
 * Reads and verifies what is in force. What the server says beside the signed bytes is used only where it cannot matter.
 * @throws MusterError E_SIG and its like, E_WITHHELD, E_ROLLBACK, E_PLAN_MOVED when the trust document moved meanwhile, E_FILE
 */
export async function readInForce(session: Session, trust: ReadonlyTrust): Promise<InForce> {
  const { api, terminal, url } = session;
  const path = memoryPath(terminal.env, url, 'policies');
  const [seen, answer] = await Promise.all([
    readMemory<PolicyMark>(path, isMark),
    take(api.http.GET('/api/v1/policies/set', {})),
  ]);
  if (answer.epoch !== trust.policyEpoch) throw refuse('E_PLAN_MOVED');
  const members = answer.revisions.map(({ name, envelope }) => openMember(name, envelope, trust));
  const { set } = answer;
  if (set === null) {
    // A server that shows no set to one who has seen one holds it back.
    if (seen !== null && seen.epoch >= trust.policyEpoch) throw refuse('E_ROLLBACK');
    if (members.length > 0) throw refuse('E_WITHHELD');
    return { base: '', version: 0, isVoid: false, members };
  }
  const base = documentDigest(set.envelope, nodeCrypto);
  const opened = openUnlessVoid(() => openPolicySet(set.envelope, { trust, crypto: nodeCrypto }));
  const document = opened?.document ?? readVoidSet(set.envelope, trust);
  checkMembers(document, members);
  const mark = { epoch: document.epoch, version: document.version, digest: base };
  checkAdvance(seen, mark);
  // Of a void set nothing is remembered: whoever made it up could keep this terminal from the true one.
  if (opened !== null && seen?.digest !== mark.digest) await writeMemory(path, mark);
  return { base, version: mark.version, isVoid: opened === null, members };
}

/** Remembers a set that this terminal has signed, so that a server cannot go back behind it. */
export async function rememberSet({ terminal, url }: Session, mark: PolicyMark): Promise<void> {
  await writeMemory(memoryPath(terminal.env, url, 'policies'), mark);
}

/** What a set says that nobody who may sign now has signed: it is held to all but that. @throws MusterError E_ORG, E_TRUST, E_ROLLBACK */
function readVoidSet(envelope: unknown, trust: ReadonlyTrust): PolicySet {
  const document = readPolicySet(envelope);
  if (document.org !== trust.org) throw refuse('E_ORG');
  if (document.epoch > trust.policyEpoch) throw refuse('E_TRUST');
  if (document.epoch < trust.policyEpoch) throw refuse('E_ROLLBACK');
  return document;
}

function openMember(name: string, envelope: unknown, trust: ReadonlyTrust): MemberInForce {
  const digest = documentDigest(envelope, nodeCrypto);
  const opened = openUnlessVoid(() => openPolicy(envelope, { trust, crypto: nodeCrypto }));
  // The set names its digest, so the name comes out of the document, whoever signed it, and never from beside it.
  const { policy } = opened ?? readRevision(envelope);
  if (policy.name !== name) throw refuse('E_WITHHELD');
  return { name, digest, hash: opened === null ? null : hashPolicy(policy, nodeCrypto), opened };
}

/** The newest set that this terminal has seen is remembered so. */
const isMark = ({ epoch, version, digest }: Partial<Record<keyof PolicyMark, unknown>>) =>
  typeof epoch === 'number' && typeof version === 'number' && typeof digest === 'string';
