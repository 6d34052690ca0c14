// What the forgers of `forge` work with: a party with key files and passkeys, and a device that trusts it.
import { decodeBase64url, encodeBase64url } from '@muster/protocol';
import type { Command } from '@muster/protocol/commands';
import { createPasskey, type TestPasskey } from '@muster/protocol/testing';
import type { CheckContext } from './check.ts';
import type { LabDevice } from './lab/device.ts';
import {
  addPasskeys,
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  PAGE,
  type Party,
  sealTrust,
} from './lab/party.ts';
import { makeFreshDevice } from './lab/words.ts';

/** What a forger works with. */
export interface Bench {
  readonly party: Party;
  /** What Ann and Bob sign with in the browser. */
  readonly passkeys: { readonly ann: TestPasskey; readonly bob: TestPasskey };
  readonly device: LabDevice;
  random(): number;
  newId(): string;
  /** A command for the device. */
  draft(change?: Partial<Command>): Command;
}

/** One offer, and the codes with which it may be refused. */
export interface Forgery {
  readonly name: string;
  readonly envelope: unknown;
  readonly codes: readonly string[];
}

/** The same bytes but for one bit, in base64url. */
export function flipBit(text: string, random: () => number): string {
  const bytes = decodeBase64url(text);
  const bit = Math.floor(random() * bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return encodeBase64url(bytes);
}

/** Makes the bench for a check. */
export async function openBench(context: CheckContext): Promise<Bench> {
  const { random } = context;
  const party = makeParty(random);
  const passkeys = { ann: createPasskey(PAGE), bob: createPasskey(PAGE) };
  const trust = sealTrust(party, addPasskeys(draftTrust(party, 'hardened'), passkeys));
  const holds = (bound: string) => bound === 'os.family == "debian"';
  const device = await makeFreshDevice({ party, trust, hostname: 'web-1', random, holds }, context);
  const newId = () => makeId('cmd', random);
  const draft = (change: Partial<Command> = {}) =>
    draftCommand(party, newId(), { targets: { list: [device.target] }, ...change });
  return { party, passkeys, device, random, newId, draft };
}
