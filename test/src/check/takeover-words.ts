// The part of `takeover` that lies with words: time that is pushed forward, halts that are pushed out, words that leave something out.
import type { Command } from '@muster/protocol/commands';
import type { CheckContext } from './check.ts';
import type { LabDevice } from './lab/device.ts';
import {
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  type Party,
  sealCommand,
  sealFreshness,
  sealHalt,
  sealTrust,
  timeOf,
} from './lab/party.ts';
import { makeFreshDevice, offer, sayWord, sealHaltOfAll, sealLift } from './lab/words.ts';

const HOUR_MS = 3_600_000;
/** Words that lead, one behind the other; each is a little within what a device lets a word be ahead. */
const LEADING_WORDS = 60;
/** More than any device keeps. */
const FLOOD = 300;

interface Ward {
  readonly party: Party;
  readonly device: LabDevice;
  random(): number;
  readonly faults: string[];
}

async function open(context: CheckContext, faults: string[]): Promise<Ward> {
  const { random } = context;
  const party = makeParty(random);
  const trust = sealTrust(party, draftTrust(party, 'hardened'));
  const device = await makeFreshDevice({ party, trust, hostname: 'web-1', random }, context, 0);
  return { party, device, random, faults };
}

/** A word of the server, with the halts that it names unless they are held back. */
async function say(
  { party, device }: Pick<Ward, 'party' | 'device'>,
  offsetMs: number,
  more: { readonly halts?: readonly string[]; readonly envelopes?: ReturnType<typeof sealHalt>[] } = {},
): Promise<void> {
  const envelope = sealFreshness(party, offsetMs, { halts: [...(more.halts ?? [])] });
  await sayWord(device, envelope, { halts: more.envelopes ?? [] });
}

/** Bob halts everything. */
async function haltAll(ward: Ward, forMs: number): Promise<string> {
  const { party, random } = ward;
  const haltId = makeId('hlt', random);
  await say(ward, 1, { halts: [haltId], envelopes: [sealHaltOfAll(party, haltId, forMs)] });
  return haltId;
}

/** Ann orders a restart; true when it took place. */
async function runs(ward: Ward, change: Partial<Command> = {}): Promise<boolean> {
  const { party, device, random } = ward;
  const cmdId = makeId('cmd', random);
  const command = draftCommand(party, cmdId, { targets: { list: [device.target] }, ...change });
  await offer(device, { cmdId, envelope: sealCommand(command, party.ann) });
  await device.settle();
  return device.effects.has(cmdId);
}

/** The server's key alone pushes the time: no halt ends for it, and an honest word is still one. */
async function pushTime(context: CheckContext, faults: string[]): Promise<void> {
  const ward = await open(context, faults);
  const haltId = await haltAll(ward, HOUR_MS);
  for (let n = 1; n <= LEADING_WORDS; n++) await say(ward, n * 22 * HOUR_MS, { halts: [haltId] });
  const far = LEADING_WORDS * 22 * HOUR_MS;
  const ahead = { notBefore: timeOf(ward.party, far - HOUR_MS), notAfter: timeOf(ward.party, far + HOUR_MS) };
  if ((await runs(ward)) || (await runs(ward, ahead))) faults.push('a word of the server ended a halt');
  // The rest of the day in which a word may lead has to pass; then all is as it was.
  ward.device.pass(25 * HOUR_MS);
  await say(ward, 25 * HOUR_MS);
  const late = { notAfter: timeOf(ward.party, 48 * HOUR_MS) };
  if (!(await runs(ward, late))) faults.push('words that led stopped a device for good');
}

/** One signer's many halts do not push out another's. */
async function flood(context: CheckContext, faults: string[]): Promise<void> {
  const ward = await open(context, faults);
  const { party, random } = ward;
  const mine = await haltAll(ward, 24 * HOUR_MS);
  for (let n = 0; n < FLOOD; n++) {
    const haltId = makeId('hlt', random);
    const year = 365 * 24 * HOUR_MS;
    const halt = {
      ...{
        haltId,
        scope: { what: 'command', cmdId: makeId('cmd', random) } as const,
        at: timeOf(party, year),
      },
      ...{ until: timeOf(party, year + HOUR_MS), requester: 'ann', reason: 'x' },
    };
    await say(ward, 2 + n, { halts: [mine], envelopes: [sealHalt(party, halt, party.ann)] });
  }
  if (await runs(ward)) faults.push("many halts of one signer pushed another person's halt out");
}

/** One person halts; the attacker neither lifts it alone nor makes it go by not naming it any more. */
async function liftAlone(context: CheckContext, faults: string[]): Promise<void> {
  const ward = await open(context, faults);
  const { party, device } = ward;
  const haltId = await haltAll(ward, 24 * HOUR_MS);
  const lifts = [sealLift(party, { haltId, offsetMs: 2 }, party.ann)];
  await sayWord(device, sealFreshness(party, 3), { lifts });
  if (await runs(ward)) faults.push('a halt of one person was lifted by another alone');
}

/** A word that names a halt without bringing it is no fresh word. */
async function holdBack(context: CheckContext, faults: string[]): Promise<void> {
  const ward = await open(context, faults);
  ward.device.pass(30 * HOUR_MS);
  await say(ward, 30 * HOUR_MS, { halts: [makeId('hlt', ward.random)] });
  const late = { notAfter: timeOf(ward.party, 48 * HOUR_MS) };
  if (await runs(ward, late)) faults.push('a word whose halt was held back counted as fresh');
}

/** A word that leads starts nothing before its day, and does not stay fresh for two. */
async function rushTime(context: CheckContext, faults: string[]): Promise<void> {
  const ward = await open(context, faults);
  const { party, device } = ward;
  await say(ward, 23 * HOUR_MS);
  const tomorrow = { notBefore: timeOf(party, 20 * HOUR_MS), notAfter: timeOf(party, 72 * HOUR_MS) };
  if (await runs(ward, tomorrow)) faults.push('a word that leads started an order of tomorrow');
  device.pass(25 * HOUR_MS);
  await device.cutPower();
  if (await runs(ward, { notAfter: timeOf(party, 72 * HOUR_MS) }))
    faults.push('a word that led was fresh for longer than its day');
}

/** Tries all of it; gives a line of evidence. */
export async function bendWords(context: CheckContext, faults: string[]): Promise<string> {
  await pushTime(context, faults);
  await rushTime(context, faults);
  await liftAlone(context, faults);
  await flood(context, faults);
  await holdBack(context, faults);
  return `${LEADING_WORDS} words that lead, an order of tomorrow, ${FLOOD} halts against one, a lift by one, a halt that is held back: none of it moved a halt or started anything`;
}
