// Check `forge`: changed, re-dressed, replayed and outdated documents against the real engine; nothing may run, and what is good must.
import { decodeBase64url, type Envelope } from '@muster/protocol';
import { type Check, type CheckContext, createTally, pick, type Verdict } from './check.ts';
import { type Bench, openBench } from './forge-bench.ts';
import { forgeries } from './forgeries.ts';
import { draftTrust, makeId, sealCommand, sealFreshness, sealHalt, sealTrust, timeOf } from './lab/party.ts';
import { offer, sayWord } from './lab/words.ts';

const TRIES = { quick: 500, full: 10_000, long: 1_000_000 } as const;
/** The y-coordinates of Ed25519 points of small order under which anybody can sign; two of the eight spellings. */
const SMALL_ORDER_KEYS = [
  'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
];

/** Runs a good command; a check that refuses everything would prove nothing. */
async function control(bench: Bench): Promise<string | null> {
  const { party, passkeys, device, draft } = bench;
  const command = draft({ requester: 'robot', kind: 'inventory.refresh', args: {} });
  await offer(device, { cmdId: command.cmdId, envelope: sealCommand(command, party.robot) });
  await device.settle();
  await device.confirmAll();
  const { states } = device.seen(command.cmdId);
  if (!states.includes('succeeded')) return `a good command did not run: ${states.join(', ')}`;
  const byGesture = draft({ kind: 'diagnostics.collect', args: { sinceMs: 60_000 } });
  await offer(device, { cmdId: byGesture.cmdId, envelope: sealCommand(byGesture, passkeys.ann) });
  await device.settle();
  await device.confirmAll();
  const seen = device.seen(byGesture.cmdId);
  return seen.states.includes('succeeded') ? null : `a good gesture did not count: ${seen.codes.join(', ')}`;
}

/** The same good command a thousand times, over five connections, after its time, and after its signer has gone. */
async function replay(bench: Bench, faults: string[]): Promise<string> {
  const { party, device, draft } = bench;
  const command = draft();
  const good = { cmdId: command.cmdId, envelope: sealCommand(command, party.ann) };
  for (let n = 0; n < 1_000; n++) await offer(device, good);
  await device.settle();
  device.pass(13 * 3_600_000);
  const before = device.seen(command.cmdId).results.size;
  await offer(device, good);
  const next = draftTrust(party, 'hardened', { version: 2, issuedAt: timeOf(party, 0) });
  next.signers[0] = {
    ...(next.signers[0] ?? next.signers[1]),
    id: 'carla',
    keys: [party.stranger.entry],
  } as never;
  await device.take({ type: 'trust.chain', trust: [sealTrust(party, next)] });
  await offer(device, good);
  await device.settle();
  const { results, states } = device.seen(command.cmdId);
  const times = device.effects.get(command.cmdId) ?? 0;
  if (times !== 1) faults.push(`a command that was offered 1,002 times ran ${times} times`);
  if (before !== 1 || results.size !== 1)
    faults.push('a finished command did not answer with its one result');
  const same = draft({ cmdId: command.cmdId, requester: 'bob', args: { name: 'sshd' } });
  await offer(device, { cmdId: same.cmdId, envelope: sealCommand(same, party.bob) });
  if (!device.seen(command.cmdId).codes.includes('E_REPLAY'))
    faults.push('other bytes under a used id were not E_REPLAY');
  const late = draft({ requester: 'ann' });
  await offer(device, { cmdId: late.cmdId, envelope: sealCommand(late, party.ann) });
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
  await sayWord(device, sealFreshness(party, -86_400_000));
  const raised = device.alarms() - alarms;
  if (raised < bad.length)
    faults.push(`only ${raised} of ${bad.length} rolled back or foreign trust documents raised an alarm`);
  device.pass(36 * 3_600_000);
  const stale = draft({ requester: 'bob', notAfter: timeOf(party, 15 * 86_400_000) });
  const withheld = { cmdId: stale.cmdId, envelope: sealCommand(stale, party.bob) };
  await offer(device, withheld);
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
  await sayWord(device, word, { halts: [sealHalt(party, halt, party.robot)] });
  await offer(device, withheld);
  await device.settle();
  if (device.effects.get(stale.cmdId) !== 1) faults.push('a halt by who may not halt stopped a good command');
  return `${bad.length} trust documents and an old freshness refused, ${raised} alarms; withheld freshness E_STALE`;
}

async function run(context: CheckContext): Promise<Verdict> {
  const bench = await openBench(context);
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
    await offer(device, { cmdId, envelope });
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
  group: 'device',
  run,
};
