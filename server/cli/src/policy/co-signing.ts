// A plan that two sign from two places: the first signs it into a file, the second reads it there, plans it again for himself, and adds his signature.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { decodeBase64url, decodeUtf8, parseEnvelope, fail as refuse } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import {
  MAX_IN_FORCE_CHARS,
  openPolicy,
  openPolicySet,
  type PolicySet,
  readRevision,
} from '@muster/protocol/policy';
import type { WavesOrder } from '../api/types.ts';
import { fail } from '../errors.ts';
import { systemCode } from '../failure.ts';
import { type ApiEnvelope, readSignatures, type Signatures } from '../jobs/documents.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { draftRevisions, draftSet, type InForce, type MadePlan, type Wanted } from './draft-plan.ts';

/** Both kinds of documents, signed by one or by two. */
export interface SignedPlan {
  readonly set: ApiEnvelope;
  /** Revisions that are new by it. */
  readonly policies: ApiEnvelope[];
}

/** A signed plan in a file, with how the first wanted it to go out. */
export interface PlanFile extends SignedPlan {
  readonly waves: WavesOrder | null;
}

/** What somebody has signed, read from its own bytes. */
export interface FirstSigned extends SignedPlan {
  readonly document: PolicySet;
  readonly signatures: Signatures;
  /** All policies that are to be in force by it. */
  readonly wanted: readonly Wanted[];
}

/** Largest file, bytes: every policy that can be in force, each character of which may take several. */
const MAX_FILE_BYTES = 4 * MAX_IN_FORCE_CHARS;

/** Writes it for the second person; nothing that is there is written over. @throws MusterError E_FILE */
export async function writePlanFile(path: string, plan: PlanFile): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify({ v: 1, ...plan })}\n`, { flag: 'wx' });
  } catch (cause) {
    const detail =
      systemCode(cause) === 'EEXIST'
        ? `${path} is there already and stays as it is; choose another name.`
        : `${path} cannot be written; check the path and its permissions.`;
    throw fail('E_FILE', { cause, detail });
  }
}

/** An envelope in its one form. @throws MusterError E_SHAPE and its like */
function toEnvelope(value: unknown): ApiEnvelope {
  const { payload, payloadType, signatures } = parseEnvelope(value);
  return { payload, payloadType, signatures: signatures.map((one) => ({ ...one })) };
}

function parsePlan(text: string): PlanFile {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('v' in value) || value.v !== 1)
    throw new Error('another form');
  if (!('set' in value) || !('policies' in value) || !Array.isArray(value.policies))
    throw new Error('no plan');
  const waves = 'waves' in value && typeof value.waves === 'object' ? value.waves : null;
  // An order beside what is signed: the server holds it against its schema, as whatever a terminal sends.
  return {
    set: toEnvelope(value.set),
    policies: value.policies.map(toEnvelope),
    waves: waves as WavesOrder | null,
  };
}

/** Reads what the first person has signed. @throws MusterError E_FILE */
export async function readPlanFile(path: string): Promise<PlanFile> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw new Error('too large');
    return parsePlan(await readFile(path, 'utf8'));
  } catch (cause) {
    const detail =
      systemCode(cause) === null
        ? `The file ${path} holds no signed plan; the first person writes it with muster apply -f … --out.`
        : `${path} cannot be read; check the path and its permissions.`;
    throw fail('E_FILE', { cause, detail });
  }
}

const moved = (detail: string) => refuse('E_PLAN_MOVED', { detail });

/** A revision of the file, signed at least by who asks for the set. @throws MusterError those of readRevision, E_SIG, E_ROLE */
function openGiven(envelope: ApiEnvelope, { trust }: Pick<MadePlan, 'trust'>, requester: string): Wanted {
  const { document, policy } = readRevision(envelope);
  if (document.requester !== requester || !readSignatures(envelope, trust).signers.has(requester))
    throw refuse('E_ROLE');
  return { policy, source: document.source };
}

/**
 * Opens what the first has signed and says what it puts in force. How many must sign is asked when the second has.
 * @throws MusterError E_ORG, E_SIG, E_NOKEY, E_ROLE and their like; E_PLAN_MOVED where it names what is not in force any more
 */
export function openFirst(
  plan: SignedPlan,
  { trust, inForce }: { readonly trust: MadePlan['trust']; readonly inForce: InForce },
): FirstSigned {
  const { document } = openPolicySet(plan.set, { trust, crypto: nodeCrypto });
  const { requester } = document;
  const given = new Map(
    plan.policies.map((one) => [documentDigest(one, nodeCrypto), openGiven(one, { trust }, requester)]),
  );
  const held = new Map(inForce.members.map(({ digest, opened }) => [digest, opened]));
  const wanted = document.policies.map((digest): Wanted => {
    const own = given.get(digest);
    if (own !== undefined) return own;
    const opened = held.get(digest);
    if (opened === undefined || opened === null)
      throw moved(
        'What is in force is not what it was when the first person signed; plan and sign it again, both of you.',
      );
    return { policy: opened.policy, source: opened.document.source };
  });
  if ([...given.keys()].some((digest) => !document.policies.includes(digest))) throw refuse('E_WITHHELD');
  return { ...plan, document, signatures: readSignatures(plan.set, trust), wanted };
}

const textOf = ({ payload }: ApiEnvelope) => decodeUtf8(decodeBase64url(payload));

/**
 * Holds what the first has signed against what this terminal would sign itself for the same plan, byte for byte: what is shown here is
 * what is in the file, and it still does what it did. @throws MusterError E_PLAN_MOVED
 */
export function requireSame(made: MadePlan, { set, policies, document }: FirstSigned): void {
  const { at, requester, reason } = document;
  const common = { at, requester, reason };
  const drafts = draftRevisions(made, common).map((one) => JSON.stringify(one));
  const digests = policies.map((one) => documentDigest(one, nodeCrypto));
  const isSame =
    drafts.toSorted().join('\n') === policies.map(textOf).toSorted().join('\n') &&
    JSON.stringify(draftSet(made, digests, common)) === textOf(set);
  if (!isSame)
    throw moved(
      'The plan is not the one that the first person signed: what is in force, or the trust document, has changed since. Plan and sign it again, both of you.',
    );
}

/** Whether those signatures are enough, judged here as a device does. @throws MusterError E_QUORUM and those of openPolicy */
export function requireEnough({ policies }: SignedPlan, trust: MadePlan['trust']): void {
  for (const one of policies) openPolicy(one, { trust, crypto: nodeCrypto });
}
