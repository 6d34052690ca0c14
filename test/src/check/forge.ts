// Check `forge`: changed, re-dressed, replayed and outdated documents against the real engine; nothing may run, and what is good must.
import { decodeBase64url, type Envelope, encodeBase64url, type Signer } from '@muster/protocol';
import { buildTargetTree, COMMAND_TYPE, CONTENT_TYPE, type Command } from '@muster/protocol/commands';
import { type Check, type CheckContext, createTally, pick, type Verdict } from './check.ts';
import { type LabDevice, makeDevice } from './lab/device.ts';
import {
  crypto,
  draftCommand,
  draftTrust,
  type Hand,
  makeId,
  makeParty,
  type Party,
  seal,
  sealCommand,
  sealFreshness,
  sealHalt,
  sealTrust,
  timeOf,
} from './lab/party.ts';

const TRIES = { quick: 500, full: 10_000, long: 1_000_000 } as const;
/** The y-coordinates of Ed25519 points of small order under which anybody can sign; two of the eight spellings. */
const SMALL_ORDER_KEYS = [
  'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
];

/** What a forger works with. */
interface Bench {
  readonly party: Party;
  readonly device: LabDevice;
  random(): number;
  newId(): string;
  /** A command for the device. */
  draft(change?: Partial<Command>): Command;
}

/** One offer, and the codes with which it may be refused. */
interface Forgery {
  readonly name: string;
  readonly envelope: unknown;
  readonly codes: readonly string[];
}

function flipBit(text: string, random: () => number): string {
  const bytes = decodeBase64url(text);
  const bit = Math.floor(random() * bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return encodeBase64url(bytes);
}

/** A signer that claims another's key id. */
function posing(as: Hand, by: Hand): Signer {
  return { keyid: as.keyid, sign: by.sign };
}

/** Every way of forging; each call makes another one. */
const forgeries: readonly ((bench: Bench) => Forgery)[] = [
  ({ party, draft, random }) => {
    const good = sealCommand(draft(), party.ann);
    return {
      name: 'payload bit',
      envelope: { ...good, payload: flipBit(good.payload, random) },
      codes: ['E_SIG'],
    };
  },
  ({ party, draft, random }) => {
    const good = sealCommand(draft(), party.ann);
    const [first] = good.signatures;
    const signatures = [{ keyid: party.ann.keyid, sig: flipBit(first?.sig ?? '', random) }];
    return { name: 'signature bit', envelope: { ...good, signatures }, codes: ['E_SIG'] };
  },
  ({ party, draft }) => ({
    name: 'signed by a stranger',
    envelope: sealCommand(draft(), party.stranger),
    codes: ['E_NOKEY'],
  }),
  ({ party, draft }) => ({
    name: 'a stranger posing as Ann',
    envelope: sealCommand(draft(), posing(party.ann, party.stranger)),
    codes: ['E_SIG'],
  }),
  ({ party, draft }) => ({
    name: 'signed by the server',
    envelope: sealCommand(draft(), party.server),
    codes: ['E_NOKEY'],
  }),
  ({ party, draft }) => ({
    name: 'signed by the root',
    envelope: sealCommand(draft(), party.root),
    codes: ['E_NOKEY'],
  }),
  ({ party, draft }) => ({
    name: 'another type of document',
    envelope: seal(CONTENT_TYPE, draft(), party.ann),
    codes: ['E_TYPE'],
  }),
  ({ party, draft }) => {
    const good = seal(CONTENT_TYPE, draft(), party.ann);
    return {
      name: 'type changed after signing',
      envelope: { ...good, payloadType: COMMAND_TYPE },
      codes: ['E_SIG'],
    };
  },
  ({ party, draft }) => {
    const good = sealCommand(draft(), party.ann);
    return {
      name: 'one signature twice',
      envelope: { ...good, signatures: [...good.signatures, ...good.signatures] },
      codes: ['E_SHAPE'],
    };
  },
  ({ party, draft }) => ({
    name: 'a wipe by one of two',
    envelope: sealCommand(draft({ kind: 'device.wipe', args: {} }), party.ann),
    codes: ['E_QUORUM'],
  }),
  ({ party, draft }) => ({
    name: 'a wipe approved by an automation',
    envelope: sealCommand(draft({ kind: 'device.wipe', args: {} }), party.ann, party.robot),
    codes: ['E_QUORUM'],
  }),
  ({ party, draft }) => ({
    name: 'asked in the name of another',
    envelope: sealCommand(draft({ requester: 'bob' }), party.ann),
    codes: ['E_ROLE'],
  }),
  ({ party, draft }) => ({
    name: 'beyond the kinds of a signer',
    envelope: sealCommand(
      draft({ requester: 'robot', kind: 'power.reboot', args: { delayMs: 0, message: '' } }),
      party.robot,
    ),
    codes: ['E_ROLE'],
  }),
  ({ party, draft, random }) => ({
    name: 'another organization',
    envelope: sealCommand(draft({ org: makeId('org', random) }), party.ann),
    codes: ['E_ORG'],
  }),
  ({ party, draft, device, random }) => ({
    name: 'another device',
    envelope: sealCommand(
      draft({ targets: { list: [{ ...device.target, id: makeId('dev', random) }] } }),
      party.ann,
    ),
    codes: ['E_TARGET'],
  }),
  ({ party, draft, device }) => ({
    name: 'shown under another name',
    envelope: sealCommand(
      draft({ targets: { list: [{ ...device.target, hostname: 'test-7' }] } }),
      party.ann,
    ),
    codes: ['E_TARGET'],
  }),
  ({ party, draft, random }) => ({
    name: 'a tree without this device',
    envelope: sealCommand(
      draft({ targets: { root: buildTargetTree([makeId('dev', random)], crypto).root, count: 1 } }),
      party.ann,
    ),
    codes: ['E_TARGET'],
  }),
  ({ party, draft }) => ({
    name: 'a condition that does not hold',
    envelope: sealCommand(draft({ bound: 'os.family == "plan9"' }), party.ann),
    codes: ['E_TARGET'],
  }),
  ({ party, draft }) => ({
    name: 'expired',
    envelope: sealCommand(
      draft({ notBefore: timeOf(party, -7_200_000), notAfter: timeOf(party, -1) }),
      party.ann,
    ),
    codes: ['E_TIME'],
  }),
  ({ party, draft }) => ({
    name: 'valid for a year',
    envelope: sealCommand(draft({ notAfter: timeOf(party, 365 * 86_400_000) }), party.ann),
    codes: ['E_TIME'],
  }),
  ({ party, draft }) => ({
    name: 'a field more',
    envelope: seal(COMMAND_TYPE, { ...draft(), admin: true }, party.ann),
    codes: ['E_SCHEMA'],
  }),
  ({ party, draft }) => ({
    name: 'an unknown kind',
    envelope: sealCommand(draft({ kind: 'shell.run', args: { line: 'id' } }), party.ann),
    codes: ['E_SCHEMA'],
  }),
  ({ party, draft }) => ({
    name: 'an option as a name',
    envelope: sealCommand(draft({ args: { name: '--force' } }), party.ann),
    codes: ['E_SCHEMA'],
  }),
  ({ party, draft }) => ({
    name: 'a script without its content',
    envelope: sealCommand(
      draft({
        kind: 'script.run',
        args: {
          content: 'A'.repeat(43),
          parameters: {},
          stdin: '',
          runAs: '',
        },
      }),
      party.ann,
    ),
    codes: ['E_CONTENT'],
  }),
];

/** Makes the device, with a word of the server so that nothing is refused only for being stale. */
async function setUp({ random, teardown }: CheckContext): Promise<Bench> {
  const party = makeParty(random);
  const trust = sealTrust(party, draftTrust(party, 'hardened'));
  const holds = (bound: string) => bound === 'os.family == "debian"';
  const device = await makeDevice({ party, trust, hostname: 'web-1', random, holds });
  teardown(() => device.close());
  await device.take({ type: 'freshness', envelope: sealFreshness(party, -1_000), halts: [], lifts: [] });
  const newId = () => makeId('cmd', random);
  const draft = (change: Partial<Command> = {}) =>
    draftCommand(party, newId(), { targets: { list: [device.target] }, ...change });
  return { party, device, random, newId, draft };
}

async function offer({ device }: Bench, cmdId: string, envelope: unknown): Promise<void> {
  await device.take({ type: 'run.offer', cmdId, envelope: envelope as Envelope, proof: null, content: [] });
}

/** Runs a good command; a check that refuses everything would prove nothing. */
async function control(bench: Bench): Promise<string | null> {
  const { party, device, draft } = bench;
  const command = draft({ requester: 'robot', kind: 'inventory.refresh', args: {} });
  await offer(bench, command.cmdId, sealCommand(command, party.robot));
  await device.settle();
  await device.confirmAll();
  const { states } = device.seen(command.cmdId);
  return states.includes('succeeded') ? null : `a good command did not run: ${states.join(', ')}`;
}

/** The same good command a thousand times, over five connections, after its time, and after its signer has gone. */
async function replay(bench: Bench, faults: string[]): Promise<string> {
  const { party, device, draft } = bench;
  const command = draft();
  const envelope = sealCommand(command, party.ann);
  for (let n = 0; n < 1_000; n++) await offer(bench, command.cmdId, envelope);
  await device.settle();
  device.pass(13 * 3_600_000);
  const before = device.seen(command.cmdId).results.size;
  await offer(bench, command.cmdId, envelope);
  const next = draftTrust(party, 'hardened', { version: 2, issuedAt: timeOf(party, 0) });
  next.signers[0] = {
    ...(next.signers[0] ?? next.signers[1]),
    id: 'carla',
    keys: [party.stranger.entry],
  } as never;
  await device.take({ type: 'trust.chain', trust: [sealTrust(party, next)] });
  await offer(bench, command.cmdId, envelope);
  await device.settle();
  const { results, states } = device.seen(command.cmdId);
  const times = device.effects.get(command.cmdId) ?? 0;
  if (times !== 1) faults.push(`a command that was offered 1,002 times ran ${times} times`);
  if (before !== 1 || results.size !== 1)
    faults.push('a finished command did not answer with its one result');
  const same = draft({ cmdId: command.cmdId, requester: 'bob', args: { name: 'sshd' } });
  await offer(bench, same.cmdId, sealCommand(same, party.bob));
  if (!device.seen(command.cmdId).codes.includes('E_REPLAY'))
    faults.push('other bytes under a used id were not E_REPLAY');
  const late = draft({ requester: 'ann' });
  await offer(bench, late.cmdId, sealCommand(late, party.ann));
  if (device.seen(late.cmdId).codes.at(-1) !== 'E_NOKEY') faults.push('a removed signer was not E_NOKEY');
  return `1,002 offers of one command: ran ${times} time, told ${states.length} states, ${results.size} result`;
}

/** Words of the server and the root that would turn time back. */
async function rollBack(bench: Bench, faults: string[]): Promise<string> {
  const { party, device, draft } = bench;
  const alarms = device.alarms();
  const first = draftTrust(party, 'hardened', { version: 3, issuedAt: timeOf(party, 0) });
  const small = draftTrust(party, 'hardened', { version: 3, issuedAt: timeOf(party, 1_000) });
  small.signers[1] = {
    ...small.signers[1],
    keys: [{ scheme: 'ed25519', key: SMALL_ORDER_KEYS[0] ?? '' }],
  } as never;
  const bad = [
    sealTrust(party, draftTrust(party, 'quickstart', { version: 2, issuedAt: timeOf(party, 0) })),
    sealTrust(party, first, party.server),
    sealTrust(party, draftTrust(party, 'hardened', { version: 9, issuedAt: timeOf(party, 0) })),
    sealTrust(party, small),
  ];
  for (const envelope of bad) await device.take({ type: 'trust.chain', trust: [envelope] });
  await device.take({ type: 'freshness', envelope: sealFreshness(party, -86_400_000), halts: [], lifts: [] });
  const raised = device.alarms() - alarms;
  if (raised < bad.length)
    faults.push(`only ${raised} of ${bad.length} rolled back or foreign trust documents raised an alarm`);
  device.pass(36 * 3_600_000);
  const stale = draft({ requester: 'bob', notAfter: timeOf(party, 15 * 86_400_000) });
  await offer(bench, stale.cmdId, sealCommand(stale, party.bob));
  if (device.seen(stale.cmdId).codes.at(-1) !== 'E_STALE') faults.push('withheld freshness was not E_STALE');
  const at = timeOf(party, 49 * 3_600_000);
  const halt = {
    haltId: makeId('hlt', bench.random),
    scope: { what: 'all' },
    at,
    until: timeOf(party, 60 * 3_600_000),
    requester: 'robot',
    reason: 'no',
  } as const;
  // Not named: a word that names what no device takes up is fresh to none.
  const word = sealFreshness(party, 49 * 3_600_000, { trustVersion: 2 });
  await device.take({
    type: 'freshness',
    envelope: word,
    halts: [sealHalt(party, halt, party.robot)],
    lifts: [],
  });
  await offer(bench, stale.cmdId, sealCommand(stale, party.bob));
  await device.settle();
  if (device.effects.get(stale.cmdId) !== 1) faults.push('a halt by who may not halt stopped a good command');
  return `${bad.length} trust documents and an old freshness refused, ${raised} alarms; withheld freshness E_STALE`;
}

async function run(context: CheckContext): Promise<Verdict> {
  const bench = await setUp(context);
  const { device, random } = bench;
  const faults: string[] = [];
  const codes = createTally();
  const names = createTally();
  let controls = 0;
  const tries = TRIES[context.size];
  for (let n = 0; n < tries; n++) {
    // All of them once, then by chance.
    const make = forgeries[n] ?? pick(forgeries, random);
    const { name, envelope, codes: expected } = make(bench);
    const cmdId = bench.newId();
    const runs = device.done.length;
    await offer(bench, cmdId, envelope);
    const real = findId(envelope) ?? cmdId;
    const code = device.seen(cmdId).codes.at(-1) ?? device.seen(real).codes.at(-1) ?? 'nothing said';
    codes.add(code);
    names.add(name);
    if (!expected.includes(code)) faults.push(`${name}: ${code} instead of ${expected.join(' or ')}`);
    if (device.done.length > runs) faults.push(`${name}: something ran`);
    if (n % 500 !== 0) continue;
    const fault = await control(bench);
    if (fault === null) controls++;
    else faults.push(fault);
  }
  const ran = device.done.length;
  const evidence = [
    `${tries.toLocaleString('en-US')} forged offers of ${forgeries.length} sorts, ${ran} effects`,
    `codes: ${codes}`,
    `${controls} good commands ran between them`,
    await replay(bench, faults),
    await rollBack(bench, faults),
  ];
  return { evidence, faults };
}

/** The id inside of an envelope, for offers that were refused under it. */
function findId(envelope: unknown): string | null {
  try {
    const text = new TextDecoder().decode(decodeBase64url((envelope as Envelope).payload));
    return /"cmdId":"(cmd_[a-z2-7]{26})"/.exec(text)?.[1] ?? null;
  } catch {
    // A payload that is no text any more has none.
    return null;
  }
}

export const forge: Check = {
  id: 'forge',
  claims: 'A document that a signer did not sign, for this device and this moment, moves nothing.',
  quick: true,
  run,
};
