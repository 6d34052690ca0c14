// Bench of what a device does before it believes a command: the steps of the verification, and following a chain of trust documents.
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { nodeCrypto } from '@muster/agent/executor';
import {
  decodeBase64url,
  type Envelope,
  followTrustChain,
  isTrustDocument,
  openTrustGenesis,
  pae,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import {
  buildTargetTree,
  type Command,
  type CommandOffer,
  type Freshness,
  type ListedTarget,
  type TargetTree,
  type VerifyContext,
  verifyCommand,
} from '@muster/protocol/commands';
import { createPasskey } from '@muster/protocol/testing';
import {
  addPasskeys,
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  PAGE,
  type Party,
  sealCommand,
  sealTrust,
  timeOf,
} from '../check/lab/party.ts';
import { createRandom } from '../fleet/random.ts';
import { type Bench, type BenchContext, type Figure, median, summarize } from './bench.ts';

const TREE_DEVICES = 1_000_000;
const LISTED_DEVICES = 25;
const CHAIN = 50;
/** As long as every fingerprint. */
const FINGERPRINT = Array.from({ length: 8 }, () => 'abcd').join('-');
/** Verifications of a round that count, and those before that fill caches. */
const TIMES = 500;
const WARM_TIMES = 100;
const CHAIN_TIMES = 20;

/** Median time of a call of each, in turns so that both meet the same machine; ms. */
function timeBoth(calls: number, ours: () => unknown, bare: () => unknown): { ours: number; bare: number } {
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let call = 0; call < calls; call++) {
    const fromMs = performance.now();
    ours();
    const betweenMs = performance.now();
    bare();
    times.ours.push(betweenMs - fromMs);
    times.bare.push(performance.now() - betweenMs);
  }
  return { ours: median(times.ours), bare: median(times.bare) };
}

/** One Ed25519 verification with a key that is ready, over as many bytes. */
function createBareVerify({ payload, payloadType }: Envelope): () => boolean {
  const message = pae(payloadType, decodeBase64url(payload));
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = createPublicKey(privateKey);
  const signature = sign(null, message, privateKey);
  return () => verify(null, message, key, signature);
}

/** The party, the device that verifies, and what it knows. */
interface Stage {
  readonly party: Party;
  readonly me: ListedTarget;
  readonly context: VerifyContext;
}

function createStage(random: () => number): Stage {
  const party = makeParty(random);
  const me = { id: makeId('dev', random), hostname: 'web-01', fingerprint: FINGERPRINT };
  const freshness: Freshness = {
    ...{ v: 1, org: party.org, at: timeOf(party, -60_000), trustVersion: 1, canceled: [], halts: [] },
  };
  const context: VerifyContext = {
    ...{ crypto: nodeCrypto, trust: draftTrust(party, 'hardened'), freshness, halts: [], deny: [] },
    device: {
      ...{ org: party.org, deviceId: me.id, hostname: me.hostname, fingerprint: me.fingerprint },
      holds: () => true,
    },
    nowMs: party.startMs,
    digestOf: () => undefined,
  };
  return { party, me, context };
}

/** One P-256 verification with a key that is ready, over as many bytes as an assertion has. */
function createBareP256(): () => boolean {
  const message = new Uint8Array(69).fill(7);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signature = sign('sha256', message, privateKey);
  return () => verify('sha256', message, publicKey, signature);
}

/** The verification of one command beside a bare one over its bytes, both ms. */
function measureOffer(
  offer: CommandOffer & { readonly envelope: Envelope },
  { context }: Pick<Stage, 'context'>,
  bare = createBareVerify(offer.envelope),
) {
  const ours = () => verifyCommand(offer, context);
  timeBoth(WARM_TIMES, ours, bare);
  return timeBoth(TIMES, ours, bare);
}

function makeListed(stage: Stage, random: () => number, change: Partial<Command> = {}): Command {
  const others = Array.from({ length: LISTED_DEVICES - 1 }, (_, n) => ({
    ...{ id: makeId('dev', random), hostname: `web-${n + 2}`, fingerprint: FINGERPRINT },
  }));
  const list = [stage.me, ...others].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return draftCommand(stage.party, makeId('cmd', random), { targets: { list }, ...change });
}

/** A tree with the device among a million. */
function buildTree({ me }: Stage, random: () => number): { tree: TargetTree; index: number } {
  const others = Array.from({ length: TREE_DEVICES - 1 }, () => makeId('dev', random));
  const ids = [me.id, ...others].toSorted();
  return { tree: buildTargetTree(ids, nodeCrypto), index: ids.indexOf(me.id) };
}

/** A chain in which every document has another root, so that each is signed by two: the old and the new. */
function makeChain(
  { party }: Stage,
  random: () => number,
): { genesis: TrustState; updates: readonly Envelope[] } {
  const trust = draftTrust(party, 'hardened');
  const first = sealTrust(party, trust);
  const expectedHash = trustHash(decodeBase64url(first.payload), nodeCrypto);
  const deps = { crypto: nodeCrypto, validate: isTrustDocument };
  const updates: Envelope[] = [];
  let old = party.root;
  for (let version = 2; version <= CHAIN + 1; version++) {
    const next = makeParty(random).root;
    const document = { ...trust, version, root: { threshold: 1, keys: [next.entry] } };
    updates.push(sealTrust(party, document, old, next));
    old = next;
  }
  return { genesis: openTrustGenesis(first, { ...deps, expectedHash }), updates };
}

/** Following the chain beside two bare verifications a document, both ms. */
function measureChain(stage: Stage, random: () => number) {
  const { genesis, updates } = makeChain(stage, random);
  const deps = { crypto: nodeCrypto, validate: isTrustDocument };
  const [update] = updates;
  if (update === undefined) throw new Error('there is no update');
  const bare = createBareVerify(update);
  const follow = () => followTrustChain(genesis, updates, deps);
  const last = follow().document.version;
  if (last !== CHAIN + 1) throw new Error(`the chain led to version ${last}`);
  const bareChain = () => {
    for (let one = 0; one < 2 * CHAIN; one++) bare();
  };
  return timeBoth(CHAIN_TIMES, follow, bareChain);
}

type Pair = ReturnType<typeof measureChain>;

function describe(name: string, pairs: readonly Pair[], more: Partial<Figure> & { beside: string }): Figure {
  const { beside, ...rest } = more;
  const bare = summarize(pairs.map((pair) => pair.bare)).value;
  return {
    ...{ name, unit: 'ms', ...summarize(pairs.map(({ ours }) => ours)), ...rest },
    raw: { what: `ms, ${beside}`, value: bare },
  };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const random = createRandom(1);
  const stage = createStage(random);
  const { party } = stage;
  const listed = sealCommand(makeListed(stage, random), party.ann);
  const twice = sealCommand(
    makeListed(stage, random, { kind: 'device.lock', args: {} }),
    party.ann,
    party.bob,
  );
  context.say(`building a tree of ${TREE_DEVICES} devices`);
  const { tree, index } = buildTree(stage, random);
  const { root, count } = tree;
  const treed = draftCommand(party, makeId('cmd', random), { targets: { root, count } });
  const proof = tree.proof(index);
  const offers = {
    listed: { envelope: listed, proof: null, content: [] },
    twice: { envelope: twice, proof: null, content: [] },
    tree: { envelope: sealCommand(treed, party.ann), proof, content: [] },
  };
  const passkeys = { ann: createPasskey(PAGE), bob: createPasskey(PAGE) };
  const gesture = sealCommand(makeListed(stage, random), passkeys.ann);
  const withPasskeys = { ...stage.context, trust: addPasskeys(draftTrust(party, 'hardened'), passkeys) };
  const pairs: Record<keyof typeof offers | 'gesture' | 'chain', Pair[]> = {
    ...{ listed: [], twice: [], tree: [], gesture: [], chain: [] },
  };
  for (let round = 0; round < context.rounds; round++) {
    for (const name of ['listed', 'twice', 'tree'] as const)
      pairs[name].push(measureOffer(offers[name], stage));
    const offer = { envelope: gesture, proof: null, content: [] };
    pairs.gesture.push(measureOffer(offer, { context: withPasskeys }, createBareP256()));
    pairs.chain.push(measureChain(stage, random));
  }
  const beside = 'one bare Ed25519 verify';
  const bytes = (envelope: Envelope) => `${decodeBase64url(envelope.payload).length} bytes`;
  return [
    describe('a command for 25 listed devices', pairs.listed, {
      ...{ beside, atMost: 2, note: `${bytes(listed)}, one signature` },
    }),
    describe('a destructive one, two signatures', pairs.twice, {
      ...{ beside, atMost: 2, note: bytes(twice) },
    }),
    describe('a command for a tree of 1,000,000', pairs.tree, {
      ...{ beside, atMost: 2, note: `${bytes(offers.tree.envelope)}, proof of ${proof.path.length} hashes` },
    }),
    describe('the same for 25, signed by a passkey', pairs.gesture, {
      ...{ beside: 'one bare P-256 verify', atMost: 2, note: `${bytes(gesture)}, one assertion` },
    }),
    describe(`following ${CHAIN} trust documents`, pairs.chain, {
      ...{
        beside: `${2 * CHAIN} bare verifies`,
        note: 'another root key in each, signed by the old and the new',
      },
    }),
  ];
}

export const commandsVerify: Bench = {
  id: 'commands-verify',
  says: 'what a device does before it believes a command or a trust document',
  run,
};
