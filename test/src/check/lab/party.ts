// The people of a check: signers with real keys, a server key, root keys, and the documents that they sign.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type Envelope,
  encodeBase64url,
  keyid,
  parseSpki,
  type Signer,
  TRUST_TYPE,
  type TrustDocument,
} from '@muster/protocol';
import {
  COMMAND_TYPE,
  CONTENT_TYPE,
  type Command,
  type Content,
  FRESHNESS_TYPE,
  type Freshness,
  HALT_TYPE,
  type Halt,
} from '@muster/protocol/commands';
import type { TestPasskey } from '@muster/protocol/testing';
import { crypto } from '../../support/crypto.ts';
import { seal } from '../../support/signed.ts';

// Who takes parts in a check finds them all here.
export { crypto, seal };

/** A key with its entry for a trust document. */
export type Hand = Signer & { readonly entry: { readonly scheme: 'ed25519'; readonly key: string } };

/** A new key. */
function makeHand(): Hand {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return handOf(privateKey, publicKey);
}

function handOf(privateKey: KeyObject, publicKey: KeyObject): Hand {
  const raw = parseSpki('ed25519', publicKey.export({ format: 'der', type: 'spki' }));
  return {
    keyid: keyid(raw, crypto),
    sign: (message) => sign(null, message, privateKey),
    entry: { scheme: 'ed25519', key: encodeBase64url(raw) },
  };
}

/** Lower-case base32 of that many characters, from random numbers. */
export function makeId(prefix: string, random: () => number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const text = Array.from({ length: 26 }, () => letters[Math.floor(random() * 32)]).join('');
  return `${prefix}_${text}`;
}

/** An organization with its keys. */
export interface Party {
  readonly org: string;
  readonly root: Hand;
  readonly server: Hand;
  /** Persons who may do everything. */
  readonly ann: Hand;
  readonly bob: Hand;
  /** An automation that may request refreshes and services. */
  readonly robot: Hand;
  /** Somebody who is no signer. */
  readonly stranger: Hand;
  /** Start of the check, ms since 1970. */
  readonly startMs: number;
}

/** Makes an organization. */
export function makeParty(random: () => number): Party {
  return {
    org: makeId('org', random),
    root: makeHand(),
    server: makeHand(),
    ann: makeHand(),
    bob: makeHand(),
    robot: makeHand(),
    stranger: makeHand(),
    startMs: Date.parse('2026-11-22T08:00:00.000Z'),
  };
}

/** A time so many ms after the start, as documents write it. */
export function timeOf(party: Party, offsetMs: number): string {
  return new Date(party.startMs + offsetMs).toISOString();
}

/** The trust document of a mode, version 1 unless changed. */
export function draftTrust(
  party: Party,
  mode: TrustDocument['mode'],
  change: Partial<TrustDocument> = {},
): TrustDocument {
  const roles: TrustDocument['signers'][number]['roles'] = ['request', 'approve', 'halt'];
  const bobRoles: typeof roles = mode === 'solo' ? ['request', 'halt'] : roles;
  return {
    v: 1,
    org: party.org,
    version: 1,
    issuedAt: timeOf(party, -3_600_000),
    mode,
    root: { threshold: 1, keys: [party.root.entry] },
    signers: [
      { id: 'ann', name: 'Ann', kind: 'person', roles, kinds: ['*'], keys: [party.ann.entry] },
      { id: 'bob', name: 'Bob', kind: 'person', roles: bobRoles, kinds: ['*'], keys: [party.bob.entry] },
      {
        id: 'robot',
        name: 'Night job',
        kind: 'automation',
        roles: ['request'],
        kinds: ['inventory.refresh', 'service.*'],
        keys: [party.robot.entry],
      },
    ],
    serverKeys: [party.server.entry],
    tlsPins: [],
    releaseKeys: [],
    rpIds: [],
    origins: [],
    classes: {},
    policyEpoch: 1,
    ...change,
  };
}

/** Where the passkeys of a party belong. */
export const PAGE = { rpId: 'muster.example', origin: 'https://muster.example' };

/** A trust document that lists a passkey for each of the two persons besides. */
export function addPasskeys(
  document: TrustDocument,
  passkeys: { readonly ann: TestPasskey; readonly bob: TestPasskey },
) {
  const signers = document.signers.map((signer) => {
    const passkey = signer.id === 'ann' ? passkeys.ann : signer.id === 'bob' ? passkeys.bob : null;
    return passkey === null ? signer : { ...signer, keys: [...signer.keys, passkey.entry] };
  });
  return { ...document, signers, rpIds: [PAGE.rpId], origins: [PAGE.origin] };
}

/** A trust document in its envelope, signed by the root unless others are named. */
export function sealTrust(party: Party, document: TrustDocument, ...hands: readonly Signer[]): Envelope {
  return seal(TRUST_TYPE, document, ...(hands.length === 0 ? [party.root] : hands));
}

/** A command for the devices given; every field may be changed. */
export function draftCommand(
  party: Party,
  cmdId: string,
  change: Partial<Command> & Pick<Command, 'targets'>,
): Command {
  return {
    v: 1,
    org: party.org,
    cmdId,
    kind: 'service.restart',
    args: { name: 'nginx' },
    bound: '',
    notBefore: timeOf(party, -60_000),
    notAfter: timeOf(party, 12 * 3_600_000),
    requester: 'ann',
    reason: 'part of a check',
    trustVersion: 1,
    dryRun: false,
    ...change,
  };
}

/** A command in its envelope. */
export function sealCommand(command: Command, ...hands: readonly Signer[]): Envelope {
  return seal(COMMAND_TYPE, command, ...hands);
}

/** Code by the hash of its body, in its envelope. */
export function sealContent(party: Party, body: Uint8Array, ...hands: readonly Signer[]): Envelope {
  return changeContent(party, body, { hands });
}

/** The same with other fields. */
export function changeContent(
  party: Party,
  body: Uint8Array,
  { hands, change = {} }: { readonly hands: readonly Signer[]; readonly change?: Partial<Content> },
): Envelope {
  const content: Content = {
    v: 1,
    org: party.org,
    use: 'script',
    name: 'check.sh',
    sha256: encodeBase64url(crypto.sha256(body)),
    sizeBytes: body.length,
    interpreter: 'sh',
    parameters: [],
    place: null,
    runAs: [],
    stdin: false,
    timeoutMs: 60_000,
    okExits: [0],
    at: timeOf(party, -60_000),
    requester: 'ann',
    reason: 'part of a check',
    trustVersion: 1,
    ...change,
  };
  return seal(CONTENT_TYPE, content, ...hands);
}

/** The server's word of a moment. */
export function sealFreshness(party: Party, offsetMs: number, change: Partial<Freshness> = {}): Envelope {
  const word: Freshness = {
    v: 1,
    org: party.org,
    at: timeOf(party, offsetMs),
    trustVersion: 1,
    canceled: [],
    halts: [],
    ...change,
  };
  return seal(FRESHNESS_TYPE, word, party.server);
}

/** A halt in its envelope. */
export function sealHalt(
  party: Party,
  halt: Omit<Halt, 'v' | 'org' | 'trustVersion'>,
  ...hands: readonly Signer[]
) {
  return seal(HALT_TYPE, { v: 1, org: party.org, ...halt, trustVersion: 1 }, ...hands);
}
