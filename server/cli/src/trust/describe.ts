// What changes between two trust documents, in plain sentences: what a person reads before he signs.
import {
  type CommandClass,
  decodeBase64url,
  fingerprint,
  keyid,
  type ReadonlyTrust,
  type SignerKey,
  type TrustSigner,
} from '@muster/protocol';
import { nodeCrypto } from '../keys/signing-key.ts';
import { countOf } from '../output/count.ts';

type FrozenSigner = ReadonlyTrust['signers'][number];
type FrozenKey = Readonly<Pick<SignerKey, 'scheme' | 'key'>>;

/** A key in a few characters that people can compare. */
export function nameKey({ scheme, key }: FrozenKey): string {
  const bytes = decodeBase64url(key);
  const algorithm = scheme === 'ed25519' ? 'ed25519' : 'p256';
  const mark = scheme === 'ed25519' ? '' : 'passkey, ';
  return `${keyid(bytes, nodeCrypto, algorithm)} (${mark}${fingerprint(bytes, nodeCrypto, algorithm).slice(0, 19)}…)`;
}

function keysOf(keys: readonly FrozenKey[]): string[] {
  return keys.map(nameKey);
}

/** Items of one list that the other does not have. */
function without<T>(list: readonly T[], other: readonly T[]): T[] {
  const known = new Set(other.map((item) => JSON.stringify(item)));
  return list.filter((item) => !known.has(JSON.stringify(item)));
}

function sentences<T>(
  before: readonly T[],
  after: readonly T[],
  say: { added: (item: T) => string; removed: (item: T) => string },
): string[] {
  return [...without(before, after).map(say.removed), ...without(after, before).map(say.added)];
}

const roleWords: Readonly<Record<TrustSigner['roles'][number], string>> = {
  request: 'ask for commands',
  approve: 'approve what others ask for',
  halt: 'stop everything',
};

/** What a signer may do, in words. */
export function describeRoles({ roles, kinds }: Pick<FrozenSigner, 'roles' | 'kinds'>): string {
  const acts = roles.map((role) => roleWords[role]).join(', ');
  if (kinds.length === 0) return `${acts}, for no kind of command`;
  return kinds.includes('*') ? acts : `${acts}, for ${kinds.join(', ')}`;
}

/** What a passkey means, where somebody is about to trust one. */
const PASSKEY_HINT =
  ' What he orders with it he reads at a page of the server: whoever owns the server can have him sign another privileged command than the one that he sees, but nothing destructive, no code and no trust document.';

function describeSigner(before: FrozenSigner, after: FrozenSigner): string[] {
  const { id } = after;
  const lines = sentences(before.keys, after.keys, {
    removed: (key) => `${id} loses the key ${nameKey(key)}.`,
    added: (key) => `${id} gets the key ${nameKey(key)}.${key.scheme === 'ed25519' ? '' : PASSKEY_HINT}`,
  });
  if (before.name !== after.name) lines.push(`${id} is called ${after.name}, not ${before.name}.`);
  if (before.kind !== after.kind) lines.push(`${id} counts as ${after.kind}, not as ${before.kind}.`);
  if (describeRoles(before) !== describeRoles(after))
    lines.push(`${id} may ${describeRoles(after)}; until now: ${describeRoles(before)}.`);
  return lines;
}

function describeSigners(before: ReadonlyTrust, after: ReadonlyTrust): string[] {
  const lines: string[] = [];
  for (const old of before.signers)
    if (!after.signers.some(({ id }) => id === old.id))
      lines.push(`${old.id} (${old.name}) is no signer any more; nothing of his is taken from now on.`);
  for (const signer of after.signers) {
    const old = before.signers.find(({ id }) => id === signer.id);
    if (old !== undefined) lines.push(...describeSigner(old, signer));
    else
      lines.push(
        `${signer.id} (${signer.name}, ${signer.kind}) becomes a signer with the key ${keysOf(signer.keys).join(' and ')}, and may ${describeRoles(signer)}.`,
      );
  }
  return lines;
}

function describeRootKeys(before: ReadonlyTrust, after: ReadonlyTrust): string[] {
  const lines = sentences(before.root.keys, after.root.keys, {
    removed: (key) => `The root key ${nameKey(key)} is no root key any more.`,
    added: (key) => `The root key ${nameKey(key)} is added: its holder can replace this document.`,
  });
  const [old, now] = [before.root, after.root];
  if (old.threshold !== now.threshold || old.keys.length !== now.keys.length)
    lines.push(
      `From now on ${now.threshold} of ${countOf(now.keys.length, 'root key')} ${now.threshold === 1 ? 'is' : 'are'} needed (until now ${old.threshold} of ${old.keys.length}).`,
    );
  return lines;
}

function describeServer(before: ReadonlyTrust, after: ReadonlyTrust): string[] {
  return [
    ...sentences(before.serverKeys, after.serverKeys, {
      removed: (key) => `The server key ${nameKey(key)} is not believed any more.`,
      added: (key) => `The server may sign with the key ${nameKey(key)}.`,
    }),
    ...sentences(before.tlsPins, after.tlsPins, {
      removed: (pin) => `Devices do not connect to the TLS key ${pin} any more.`,
      added: (pin) => `Devices connect to the TLS key ${pin}.`,
    }),
    ...sentences(before.releaseKeys, after.releaseKeys, {
      removed: (key) => `Agent builds signed by ${nameKey(key)} are not taken any more.`,
      added: (key) => `Agent builds signed by ${nameKey(key)} are taken.`,
    }),
  ];
}

const modeWords: Readonly<Record<ReadonlyTrust['mode'], string>> = {
  quickstart: 'quickstart: nothing beyond transport is claimed',
  solo: 'solo: one person decides, with his own key; the server alone can run no code',
  hardened: 'hardened: code and destructive commands need two persons',
};

function describeRest(before: ReadonlyTrust, after: ReadonlyTrust): string[] {
  const lines: string[] = [];
  if (before.mode !== after.mode)
    lines.push(`The mode becomes ${modeWords[after.mode]} (until now ${before.mode}).`);
  const kinds = new Set([...Object.keys(before.classes), ...Object.keys(after.classes)]);
  for (const kind of kinds) {
    const [old, now]: (CommandClass | undefined)[] = [before.classes[kind], after.classes[kind]];
    if (old === now) continue;
    lines.push(now === undefined ? `${kind} has its usual class again.` : `${kind} counts as ${now}.`);
  }
  if (before.policyEpoch !== after.policyEpoch)
    lines.push(`All policies older than epoch ${after.policyEpoch} are void.`);
  for (const name of ['rpIds', 'origins'] as const)
    lines.push(
      ...sentences(before[name], after[name], {
        removed: (text) => `Passkeys of ${text} do not count any more (${name}).`,
        added: (text) => `Passkeys of ${text} count (${name}).`,
      }),
    );
  return lines;
}

/** Every difference, one sentence each; the version always. */
export function describeChanges(before: ReadonlyTrust, after: ReadonlyTrust): string[] {
  return [
    ...describeRest(before, after),
    ...describeRootKeys(before, after),
    ...describeSigners(before, after),
    ...describeServer(before, after),
    `Version ${after.version} follows version ${before.version}; every device takes it when it is next online.`,
  ];
}
