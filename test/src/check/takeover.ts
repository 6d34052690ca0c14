// Check `takeover`: someone owns the server, its database and one signer's key; what he can and cannot do to a fleet in hardened mode.
import { decodeBase64url, encodeBase64url } from '@muster/protocol';
import { buildTargetTree, type CommandKind, commandKinds } from '@muster/protocol/commands';
import { type Check, type CheckContext, createTally, pick, type Tally, type Verdict } from './check.ts';
import type { LabDevice } from './lab/device.ts';
import {
  crypto,
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  sealCommand,
  sealContent,
  sealFreshness,
  sealTrust,
  timeOf,
} from './lab/party.ts';
import { makeFreshDevice, offer, posing, sayWord, sealLift } from './lab/words.ts';
import {
  type Attack,
  approvedCode,
  code,
  contentAttacks,
  draft,
  goodArgs,
  hashOf,
  nameOf,
  order,
  type Scene,
} from './takeover-content.ts';
import { ownPage } from './takeover-page.ts';
import { bendWords } from './takeover-words.ts';

const DEVICES = { quick: 12, full: 200, long: 1_000 } as const;
const TRIES = { quick: 600, full: 10_000, long: 200_000 } as const;
/** What the claim of the hardened mode excludes, whoever owns the server and one key. */
const EXCLUDED: ReadonlySet<string> = new Set<CommandKind>([
  'script.run',
  'file.put',
  'device.wipe',
  'device.lock',
  'agent.unenroll',
]);

const graveKinds = [...EXCLUDED] as CommandKind[];

/** Everything he tries; each call makes another one. */
const attacks: Readonly<Record<string, Attack>> = {
  ...contentAttacks,
  'any kind as Ann': (scene, device) => {
    const kind = pick(commandKinds, scene.random);
    const content = sealContent(scene.party, code, scene.party.ann);
    const args = {
      ...goodArgs[kind],
      ...('content' in goodArgs[kind] ? { content: nameOf(content) } : {}),
    };
    return order(draft(scene, device, { kind, args }), [scene.party.ann], { content: [content] });
  },
  'a grave kind as Ann and the server': (scene, device) => {
    const kind = pick(['device.wipe', 'device.lock', 'agent.unenroll'] as const, scene.random);
    const { ann, server, robot } = scene.party;
    return order(draft(scene, device, { kind, args: {} }), [ann, pick([server, robot], scene.random)]);
  },
  'a grave kind as Ann, posing as Bob': (scene, device) => {
    const { ann, bob, stranger } = scene.party;
    const kind = pick(['device.wipe', 'device.lock', 'agent.unenroll'] as const, scene.random);
    return order(draft(scene, device, { kind, args: {} }), [ann, posing(bob, stranger)]);
  },
  "Bob's signature from another document": (scene, device) => {
    const { ann } = scene.party;
    const command = draft(scene, device, { kind: 'device.wipe', args: {} });
    const mine = sealCommand(command, ann);
    const old = pick(scene.seen, scene.random);
    const signatures = [...mine.signatures, ...old.signatures.filter(({ keyid }) => keyid !== ann.keyid)];
    return { cmdId: command.cmdId, envelope: { ...mine, signatures } };
  },
  'a wipe of two, sent to another device': (scene) => {
    const old = pick(scene.seen, scene.random);
    const text = new TextDecoder().decode(decodeBase64url(old.payload));
    return { cmdId: /cmd_[a-z2-7]{26}/.exec(text)?.[0] ?? scene.newId(), envelope: old };
  },
  'a wipe of two, its targets edited': (scene, device) => {
    const old = pick(scene.seen, scene.random);
    const text = new TextDecoder().decode(decodeBase64url(old.payload));
    const edited = text.replace(/dev_[a-z2-7]{26}/, device.target.id);
    const payload = encodeBase64url(new TextEncoder().encode(edited));
    return { cmdId: scene.newId(), envelope: { ...old, payload } };
  },
  'a wipe of many by a tree': (scene, device) => {
    const ids = scene.devices.map(({ target }) => target.id).toSorted();
    const tree = buildTargetTree(ids, crypto);
    const targets = { root: tree.root, count: tree.count };
    const command = draft(scene, device, { kind: 'device.wipe', args: {}, targets });
    return order(command, [scene.party.ann], { proof: tree.proof(ids.indexOf(device.target.id)) });
  },
  'in the name of Bob': (scene, device) => {
    const kind = pick(graveKinds, scene.random);
    const args = {
      ...goodArgs[kind],
      ...('content' in goodArgs[kind] ? { content: hashOf(approvedCode) } : {}),
    };
    return order(draft(scene, device, { kind, args, requester: 'bob' }), [scene.party.ann]);
  },
};

/** Words of the server that lie. */
async function lie({ party, random }: Scene, device: LabDevice): Promise<string> {
  const { ann, server } = party;
  const quickstart = draftTrust(party, 'quickstart', { version: 2, issuedAt: timeOf(party, 0) });
  switch (Math.floor(random() * 4)) {
    case 0:
      await device.take({ type: 'trust.chain', trust: [sealTrust(party, quickstart, ann, server)] });
      return 'trust signed by Ann and the server';
    case 1:
      await sayWord(device, sealFreshness(party, -86_400_000 * 30));
      return 'an old word';
    case 2: {
      const lifts = [sealLift(party, { haltId: makeId('hlt', random), offsetMs: 0 }, ann, server)];
      await sayWord(device, sealFreshness(party, random() * 1_000), { lifts });
      return 'a lift by one';
    }
    default: {
      const root = sealTrust(party, quickstart, posing(party.root, server));
      await device.take({ type: 'trust.chain', trust: [root] });
      return 'trust by a forged root';
    }
  }
}

async function setUp(context: CheckContext): Promise<Scene> {
  const { random, size } = context;
  const party = makeParty(random);
  const trust = sealTrust(party, draftTrust(party, 'hardened'));
  const devices: LabDevice[] = [];
  for (let n = 0; n < DEVICES[size]; n++) {
    devices.push(await makeFreshDevice({ party, trust, hostname: `host-${n}`, random }, context));
  }
  const scene: Scene = {
    party,
    devices,
    random,
    newId: () => makeId('cmd', random),
    seen: [],
    attacks: new Set(),
  };
  // Lies in the database: a wipe that Ann and Bob once ordered for a device that is long gone.
  const gone = {
    ...(devices[0]?.target ?? pick(devices, random).target),
    id: makeId('dev', random),
    hostname: 'gone-1',
  };
  for (let n = 0; n < 8; n++) {
    const wipe = draftCommand(party, scene.newId(), {
      kind: 'device.wipe',
      args: {},
      targets: { list: [gone] },
    });
    scene.seen.push(sealCommand(wipe, party.ann, party.bob));
  }
  return scene;
}

/** The owned server has every body that anybody asks for, also the attacker's own. */
async function serveBodies(device: LabDevice): Promise<void> {
  for (const body of [code, approvedCode]) {
    const data = Buffer.from(body).toString('base64url');
    await device.take({ type: 'piece', sha256: hashOf(body), totalBytes: body.length, offset: 0, data });
  }
}

/** Orders of two persons, which must be carried out: a check that only sees refusals proves nothing. */
async function control({ party, devices, newId }: Scene, faults: string[]): Promise<string> {
  const [first, second] = devices;
  if (first === undefined || second === undefined) throw new Error('too few devices');
  const document = sealContent(party, approvedCode, party.ann, party.bob);
  const script = draftCommand(party, newId(), {
    ...{ kind: 'script.run', args: { ...goodArgs['script.run'], content: nameOf(document) } },
    targets: { list: [first.target] },
  });
  const content = [document];
  await offer(first, { cmdId: script.cmdId, envelope: sealCommand(script, party.ann), content });
  await first.settle();
  await serveBodies(first);
  await first.settle();
  if (first.effects.get(script.cmdId) !== 1) faults.push('code that two approved did not run');

  const targets = { list: [second.target] };
  const wipe = draftCommand(party, newId(), { kind: 'device.wipe', args: {}, targets });
  await offer(second, { cmdId: wipe.cmdId, envelope: sealCommand(wipe, party.ann, party.bob) });
  await second.settle();
  const early = second.effects.get(wipe.cmdId) ?? 0;
  if (early > 0) faults.push('a wipe did not wait for its cool-off');
  second.pass(15 * 60_000 + 1);
  await second.take({ type: 'online' });
  await second.settle();
  if ((second.effects.get(wipe.cmdId) ?? 0) > 0)
    faults.push('a wipe did not wait for a word after its cool-off');
  const word = sealFreshness(party, 15 * 60_000 + 2);
  await sayWord(second, word);
  await second.settle();
  if (second.effects.get(wipe.cmdId) !== 1) faults.push('a wipe of two did not run after its cool-off');
  return 'control: code of two ran, a wipe of two ran after 15 minutes and a word that came after them';
}

function count({ devices, attacks: mine }: Scene): { readonly excluded: number; readonly left: Tally } {
  const left = createTally();
  let excluded = 0;
  for (const device of devices) {
    for (const [cmdId, times] of device.effects) {
      if (!mine.has(cmdId)) continue;
      const kind = device.kindOf(cmdId);
      if (EXCLUDED.has(kind)) excluded += times;
      else left.add(kind);
    }
  }
  return { excluded, left };
}

async function run(context: CheckContext): Promise<Verdict> {
  const scene = await setUp(context);
  const { devices, random } = scene;
  const faults: string[] = [];
  const codes = createTally();
  const lies = createTally();
  const names = Object.keys(attacks);
  const tries = TRIES[context.size];
  for (let n = 0; n < tries; n++) {
    const device = pick(devices, random);
    if (n % 20 === 19) lies.add(await lie(scene, device));
    const attempt = attacks[names[n] ?? pick(names, random)]?.(scene, device);
    if (attempt === undefined) continue;
    scene.attacks.add(attempt.cmdId);
    await offer(device, attempt);
    if (attempt.content !== undefined) await serveBodies(device);
    codes.add(device.seen(attempt.cmdId).codes.at(-1) ?? 'accepted');
  }
  for (const device of devices) await device.settle();
  const { excluded, left } = count(scene);
  if (excluded > 0) faults.push(`${excluded} effects that the claim excludes`);
  const alarms = devices.reduce((sum, device) => sum + device.alarms(), 0);
  if (alarms === 0) faults.push('no device raised an alarm');
  const evidence = [
    `${devices.length} devices, ${tries.toLocaleString('en-US')} attempts with the server, its database and Ann's key`,
    `wiped, locked, unenrolled, or made to run his code: ${excluded}`,
    `answers: ${codes}`,
    `lies of the server: ${lies}; alarms raised: ${alarms.toLocaleString('en-US')}`,
    `what the claim leaves to him was done: ${left}`,
    await control(scene, faults),
    await bendWords(context, faults),
    await ownPage(context, EXCLUDED, faults),
  ];
  return { evidence, faults };
}

export const takeover: Check = {
  id: 'takeover',
  claims:
    "Who owns the server, its database and one signer's key cannot wipe or lock a device, run his code on one, or change whom it trusts.",
  group: 'device',
  run,
};
