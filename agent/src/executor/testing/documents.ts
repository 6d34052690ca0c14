// Signed documents for tests of the executor: three persons' keys, a server's, and a device that is enrolled with them.
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Envelope,
  encodeBase64url,
  type FreshnessMessage,
  fingerprint,
  type RunOffer,
  type Signer,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  trustHash,
} from '@muster/protocol';
import {
  COMMAND_TYPE,
  CONTENT_TYPE,
  type Command,
  type Content,
  documentDigest,
  FRESHNESS_TYPE,
  HALT_TYPE,
  type Halt,
  type HaltScope,
  LIFT_TYPE,
} from '@muster/protocol/commands';
import {
  checkPolicy,
  draftPolicySet,
  draftRevision,
  POLICY_SET_TYPE,
  POLICY_TYPE,
} from '@muster/protocol/policy';
import { createPasskey, ORIGIN, RP_ID } from '@muster/protocol/testing';
import { createSigner, nodeCrypto, privateKeyFromSeed, rawPublicKey } from '../../identity/crypto.ts';
import { createStateFolder } from '../../identity/state-folder.ts';
import { createStorage } from '../../platform/storage.ts';
import type { RunEntry } from '../records.ts';

const ORG = `org_${'a'.repeat(26)}`;
const ME = `dev_${'m'.repeat(26)}`;

/** A key of that number: it signs, and stands in trust documents. */
function keyOf(number: number): Signer & { readonly entry: { scheme: 'ed25519'; key: string } } {
  const key = privateKeyFromSeed(new Uint8Array(32).fill(number));
  return { ...createSigner(key), entry: { scheme: 'ed25519', key: encodeBase64url(rawPublicKey(key)) } };
}

const root = keyOf(1);
const serverKey = keyOf(20);
/** The server's key from version 3 on. */
export const newServerKey = keyOf(21);
export const ann = keyOf(10);
export const bob = keyOf(11);
/** In trust from version 2 on only; bob is gone from version 4 on. */
export const eve = keyOf(12);
/** A passkey, in trust from version 5 on; the page where it signs is listed in version 6 alone. */
export const kim = createPasskey();

const iso = (ms: number) => new Date(ms).toISOString();

/** An id of 26 characters of base32. */
function newId(prefix: 'cmd' | 'hlt'): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  return `${prefix}_${[...randomBytes(26)].map((byte) => letters[byte % 32]).join('')}`;
}

/** Where passkeys may sign: before the first passkey nowhere, in version 6 where it does, else elsewhere. */
function pagesOf(version: number): Pick<TrustDocument, 'rpIds' | 'origins'> {
  if (version < 5) return { rpIds: [], origins: [] };
  if (version === 6) return { rpIds: [RP_ID], origins: [ORIGIN] };
  return { rpIds: ['other.example'], origins: ['https://other.example'] };
}

function trustOf(version: number): TrustDocument {
  const roles: TrustDocument['signers'][number]['roles'] = ['request', 'approve', 'halt'];
  const person = (id: string, key: ReturnType<typeof keyOf> | typeof kim) =>
    ({ id, name: id, kind: 'person', roles, kinds: ['*'], keys: [key.entry] }) as const;
  const signers = [
    person('ann', ann),
    ...(version > 3 ? [] : [person('bob', bob)]),
    ...(version > 1 ? [person('eve', eve)] : []),
    ...(version > 4 ? [person('kim', kim)] : []),
  ];
  return {
    ...{ v: 1, org: ORG, version, issuedAt: iso(1_750_000_000_000 + version), mode: 'hardened' },
    root: { threshold: 1, keys: [root.entry] },
    signers: signers.map((signer) => ({ ...signer, kinds: [...signer.kinds], keys: [...signer.keys] })),
    serverKeys: [version > 2 ? newServerKey.entry : serverKey.entry],
    ...pagesOf(version),
    ...{ tlsPins: [], releaseKeys: [], classes: {}, policyEpoch: 1 },
  };
}

function seal(type: string, payload: object, signers: readonly Signer[]): Envelope {
  return sealEnvelope(type, Buffer.from(JSON.stringify(payload)), signers);
}

/** The trust document of that version, signed by the root. */
export function sealTrust(version: number): Envelope {
  return seal(TRUST_TYPE, trustOf(version), [root]);
}

/** Enrolls a device without a server: keys and enrollment as the real thing writes them. */
export async function enrollFolder(
  stateDir: string,
): Promise<{ readonly fingerprint: string; readonly publicKey: Uint8Array }> {
  const folder = createStateFolder(createStorage(stateDir));
  const { device } = await folder.keys();
  const genesis = sealTrust(1);
  const hash = trustHash(Buffer.from(genesis.payload, 'base64url'), nodeCrypto);
  await folder.saveEnrollment({
    ...{
      serverUrl: 'https://127.0.0.1:1',
      org: ORG,
      deviceId: ME,
      state: 'active',
      enrolledAt: iso(Date.now()),
    },
    trust: [genesis],
    trustHash: hash,
  });
  const publicKey = rawPublicKey(device);
  return { fingerprint: fingerprint(publicKey, nodeCrypto), publicKey };
}

/** A command document for this device. */
export function commandOf(print: string, change: Partial<Command>): Command {
  return {
    ...{ v: 1, org: ORG, cmdId: newId('cmd'), kind: 'inventory.refresh', args: {} },
    targets: { list: [{ id: ME, hostname: hostname(), fingerprint: print }] },
    bound: '',
    notBefore: iso(Date.now() - 60_000),
    notAfter: iso(Date.now() + 3_600_000),
    requester: 'ann',
    reason: 'a test of the executor',
    trustVersion: 1,
    dryRun: false,
    ...change,
  };
}

/** The offer of a command. */
export function offerOf(
  command: Command,
  signers: readonly Signer[],
  content: readonly Envelope[] = [],
): RunOffer {
  const envelope = seal(COMMAND_TYPE, command, signers);
  return { type: 'run.offer', cmdId: command.cmdId, envelope, proof: null, content };
}

/** A script that two persons approved, with its body. */
export function scriptOf(
  text: string,
  change: Partial<Content> = {},
): {
  readonly envelope: Envelope;
  /** By which commands name it. */
  readonly digest: string;
  readonly sha256: string;
  readonly body: Buffer;
} {
  const body = Buffer.from(text);
  const sha256 = encodeBase64url(createHash('sha256').update(body).digest());
  const content: Content = {
    ...{ v: 1, org: ORG, use: 'script', name: 'test.sh', sha256, sizeBytes: body.length, interpreter: 'sh' },
    ...{ parameters: [], place: null, runAs: [], stdin: false, timeoutMs: 60_000, okExits: [0] },
    ...{ at: iso(Date.now()), requester: 'ann', reason: 'a test', trustVersion: 1 },
    ...change,
  };
  const envelope = seal(CONTENT_TYPE, content, [ann, bob]);
  return { envelope, digest: documentDigest(envelope, nodeCrypto), sha256, body };
}

/** A policy of one rule, signed. */
export function policyOf(
  name: string,
  change: object = {},
  { by = ann, version = 1, trustVersion = 1 }: { by?: Signer; version?: number; trustVersion?: number } = {},
): { readonly envelope: Envelope; readonly digest: string } {
  const rule = { id: 'root', title: 'R', ssh: { option: 'PermitRootLogin', value: 'no' } };
  const checked = checkPolicy({ policy: name, title: 'T', owner: 'me', rules: [rule], ...change });
  if (!('policy' in checked)) throw new Error(JSON.stringify(checked.faults));
  const parts = {
    version,
    source: 'A'.repeat(43),
    at: iso(Date.now()),
    requester: nameOf(by),
    reason: 'a test',
  };
  const envelope = seal(
    POLICY_TYPE,
    draftRevision(trustOf(trustVersion), { ...parts, policy: checked.policy }),
    [by],
  );
  return { envelope, digest: documentDigest(envelope, nodeCrypto) };
}

/** A set of revisions, signed. */
export function policySetOf(
  version: number,
  policies: readonly { readonly digest: string }[],
  { by = ann, trustVersion = 1, change = {} }: { by?: Signer; trustVersion?: number; change?: object } = {},
): { readonly envelope: Envelope; readonly digest: string } {
  const parts = {
    version,
    previous: '',
    plan: 'A'.repeat(43),
    at: iso(Date.now()),
    requester: nameOf(by),
    reason: 'a test',
  };
  const digests = policies.map(({ digest }) => digest);
  const document = draftPolicySet(trustOf(trustVersion), { ...parts, policies: digests });
  const envelope = seal(POLICY_SET_TYPE, { ...document, ...change }, [by]);
  return { envelope, digest: documentDigest(envelope, nodeCrypto) };
}

const names = new Map<Signer, string>([
  [ann, 'ann'],
  [bob, 'bob'],
  [eve, 'eve'],
  [kim, 'kim'],
]);

function nameOf(signer: Signer): string {
  const name = names.get(signer);
  if (name === undefined) throw new Error('nobody has this key');
  return name;
}

/** The server's word of now. */
export function freshnessOf(said: {
  readonly at?: number;
  readonly canceled?: readonly string[];
  readonly halts?: readonly Envelope[];
  /** Halts that it names; absent: those that come along. */
  readonly names?: readonly string[];
  readonly trustVersion?: number;
  readonly by?: Signer;
}): FreshnessMessage {
  const { at = Date.now(), canceled = [], halts = [], trustVersion = 1, by = serverKey } = said;
  const names = said.names ?? halts.map(haltIdOf);
  const document = { v: 1, org: ORG, at: iso(at), trustVersion, canceled, halts: names };
  return { type: 'freshness', envelope: seal(FRESHNESS_TYPE, document, [by]), halts, lifts: [] };
}

/** The id in a sealed halt. */
export function haltIdOf({ payload }: Envelope): string {
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Halt).haltId;
}

/** A lift by two. */
export function liftOf(haltId: string): Envelope {
  const lift = {
    v: 1,
    org: ORG,
    haltId,
    at: iso(Date.now()),
    requester: 'ann',
    reason: 'go on',
    trustVersion: 1,
  };
  return seal(LIFT_TYPE, lift, [ann, bob]);
}

/** A halt by one person. */
export function haltOf(scope: HaltScope, change: Partial<Halt> = {}): Envelope {
  const at = Date.now();
  const halt: Halt = {
    ...{ v: 1, org: ORG, haltId: newId('hlt'), scope, at: iso(at), until: iso(at + 3_600_000) },
    ...{ requester: 'bob', reason: 'stop', trustVersion: 1 },
    ...change,
  };
  return seal(HALT_TYPE, halt, [halt.requester === 'ann' ? ann : bob]);
}

/** A run as the journal has it. */
export function runOf(cmdId: string, change: Partial<RunEntry>): RunEntry {
  return {
    ...{ cmdId, digest: cmdId, kind: 'script.run', commandClass: 'privileged', requester: 'ann' },
    ...{ reason: '', dryRun: false, offer: null, notBeforeMs: 0, notAfterMs: 0 },
    ...{ acceptedAtMs: 0, seen: { bootId: 'boot', monotonicMs: 0 }, state: 'succeeded', n: 3, attempts: 1 },
    ...{ crashes: 0, isTried: false, confirmedN: 0, startedAtMs: 0, attempt: null, file: null },
    ...{ decision: null, steps: [] },
    ...change,
  };
}
