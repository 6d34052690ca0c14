// What the server of a check says to a device: commands, words of a moment with halts and lifts; and a device that has just heard one.
import type { Envelope, Signer } from '@muster/protocol';
import { LIFT_TYPE } from '@muster/protocol/commands';
import type { CheckContext } from '../check.ts';
import { type LabDevice, type LabDeviceOptions, makeDevice } from './device.ts';
import { type Party, seal, sealFreshness, sealHalt, timeOf } from './party.ts';

/** A command as it is handed to a device; whatever a forger makes may stand in for what it should be. */
export interface Offer {
  readonly cmdId: string;
  readonly envelope: unknown;
  readonly proof?: { readonly index: number; readonly path: readonly string[] };
  readonly content?: readonly unknown[];
}

/** Offers it. */
export function offer(device: LabDevice, { cmdId, envelope, proof, content = [] }: Offer): Promise<void> {
  return device.take({
    ...{ type: 'run.offer', cmdId, envelope: envelope as Envelope, proof: proof ?? null },
    content: content as Envelope[],
  });
}

/** Says a word of the server, with what it brings along. */
export function sayWord(
  device: LabDevice,
  envelope: Envelope,
  { halts = [], lifts = [] }: { readonly halts?: Envelope[]; readonly lifts?: Envelope[] } = {},
): Promise<void> {
  return device.take({ type: 'freshness', envelope, halts, lifts });
}

/** A device that has heard a word, so that nothing is refused only for being stale; gone at the end of the check. */
export async function makeFreshDevice(
  options: LabDeviceOptions,
  { teardown }: Pick<CheckContext, 'teardown'>,
  offsetMs = -1_000,
): Promise<LabDevice> {
  const device = await makeDevice(options);
  teardown(() => device.close());
  await sayWord(device, sealFreshness(options.party, offsetMs));
  return device;
}

/** Bob's halt of everything, from now on for so long. */
export function sealHaltOfAll(party: Party, haltId: string, forMs: number): Envelope {
  const times = { at: timeOf(party, 0), until: timeOf(party, forMs) };
  const halt = { haltId, scope: { what: 'all' }, ...times, requester: 'bob', reason: 'stop' } as const;
  return sealHalt(party, halt, party.bob);
}

/** A lift that Ann asks for, by whatever hands. */
export function sealLift(
  party: Party,
  { haltId, offsetMs }: { readonly haltId: string; readonly offsetMs: number },
  ...hands: readonly Signer[]
): Envelope {
  const at = timeOf(party, offsetMs);
  const lift = { v: 1, org: party.org, haltId, at, requester: 'ann', reason: 'go on', trustVersion: 1 };
  return seal(LIFT_TYPE, lift, ...hands);
}

/** Somebody's signature under a key id that counts. */
export function posing(as: Pick<Signer, 'keyid'>, by: Signer): Signer {
  return { keyid: as.keyid, sign: by.sign };
}
