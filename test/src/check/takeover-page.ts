// The part of `takeover` where he owns the page: every gesture of every person signs what he likes. No key file is his.
import { type CommandKind, commandKinds } from '@muster/protocol/commands';
import { createPasskey } from '@muster/protocol/testing';
import { type CheckContext, createTally, pick } from './check.ts';
import type { LabDevice } from './lab/device.ts';
import {
  addPasskeys,
  changeContent,
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  PAGE,
  sealCommand,
  sealFreshness,
  sealTrust,
  timeOf,
} from './lab/party.ts';
import { makeFreshDevice, offer, sayWord, sealHaltOfAll, sealLift } from './lab/words.ts';
import { code, goodArgs, hashOf, nameOf } from './takeover-content.ts';

const TRIES = { quick: 150, full: 2_000, long: 20_000 } as const;
/** The hourly and daily limits of a device would stop him sooner than what is tried here; so he has some. */
const DEVICES = 6;
const MODES = ['hardened', 'solo'] as const;

type Passkey = ReturnType<typeof createPasskey>;

/** The persons who look at his page. */
interface Hall {
  readonly party: ReturnType<typeof makeParty>;
  readonly hands: readonly [Passkey, Passkey];
  readonly devices: readonly LabDevice[];
  random(): number;
}

async function open(context: CheckContext, mode: (typeof MODES)[number]): Promise<Hall> {
  const { random } = context;
  const party = makeParty(random);
  const [ann, bob] = [createPasskey(PAGE), createPasskey(PAGE)];
  const trust = sealTrust(party, addPasskeys(draftTrust(party, mode), { ann, bob }));
  const devices: LabDevice[] = [];
  for (let n = 0; n < DEVICES; n++) {
    devices.push(await makeFreshDevice({ party, trust, hostname: `page-${n}`, random }, context));
  }
  return { party, hands: [ann, bob], devices, random };
}

/** Any kind, by any gestures that he gets; code of his own with them too. */
async function gesture({ party, hands, random }: Hall, device: LabDevice): Promise<void> {
  const kind = pick(commandKinds, random);
  const by = pick([[hands[0]], [hands[0], hands[1]], [hands[1], hands[0]]], random);
  const content = changeContent(party, code, { hands: by });
  const named = 'content' in goodArgs[kind] ? { content: nameOf(content) } : {};
  const args = { ...goodArgs[kind], ...named };
  const command = draftCommand(party, makeId('cmd', random), {
    ...{ kind, args, targets: { list: [device.target] } },
  });
  const { cmdId } = command;
  await offer(device, { cmdId, envelope: sealCommand(command, ...by), content: [content] });
  const data = Buffer.from(code).toString('base64url');
  await device.take({ type: 'piece', sha256: hashOf(code), totalBytes: code.length, offset: 0, data });
}

/** A halt that the command line of Bob made, and lifts by as many gestures as he gets. */
async function liftByGestures({ party, hands, devices, random }: Hall, faults: string[]): Promise<void> {
  const [device] = devices;
  if (device === undefined) throw new Error('too few devices');
  const haltId = makeId('hlt', random);
  const word = sealFreshness(party, 1, { halts: [haltId] });
  await sayWord(device, word, { halts: [sealHaltOfAll(party, haltId, 3_600_000)] });
  const lifts = [sealLift(party, { haltId, offsetMs: 1 }, ...hands)];
  await sayWord(device, sealFreshness(party, 2), { lifts });
  const command = draftCommand(party, makeId('cmd', random), { targets: { list: [device.target] } });
  await offer(device, { cmdId: command.cmdId, envelope: sealCommand(command, hands[0]) });
  await device.settle();
  if (device.effects.has(command.cmdId)) faults.push('two gestures lifted a halt');
}

/** Everything he tries; answers what gestures leave to him. `excluded`: what the claim says he cannot do. */
export async function ownPage(
  context: CheckContext,
  excluded: ReadonlySet<string>,
  faults: string[],
): Promise<string> {
  const left = createTally();
  for (const mode of MODES) {
    const hall = await open(context, mode);
    const quickstart = { version: 2, issuedAt: timeOf(hall.party, 0) };
    for (let n = 0; n < TRIES[context.size]; n++) await gesture(hall, pick(hall.devices, hall.random));
    for (const device of hall.devices) {
      const trust = sealTrust(hall.party, draftTrust(hall.party, 'quickstart', quickstart), ...hall.hands);
      await device.take({ type: 'trust.chain', trust: [trust] });
      await device.settle();
      for (const kind of device.done) {
        left.add(kind);
        if (excluded.has(kind)) faults.push(`${kind} by gestures alone, ${mode}`);
      }
    }
    await liftByGestures(hall, faults);
  }
  const done: CommandKind = 'service.restart';
  if (!String(left).includes(done)) faults.push(`no gesture led to ${done}: the check sees nothing`);
  return `with the page owned, and a gesture of each person whenever he likes: ${left}`;
}
