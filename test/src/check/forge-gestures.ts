// The ways of forging with a passkey in them: another page, another machine, another person, another command.
import { decodeBase64url, encodeAssertion, encodeBase64url, type Signer } from '@muster/protocol';
import { createPasskey, type Lie } from '@muster/protocol/testing';
import { pick } from './check.ts';
import { type Bench, type Forgery, flipBit } from './forge-bench.ts';
import { PAGE, sealCommand } from './lab/party.ts';

/** Ann's passkey, with a browser or an authenticator that does something else than it should. */
function lying({ ann }: Bench['passkeys'], lie: Lie): Signer {
  return { keyid: ann.keyid, sign: (message) => encodeAssertion(ann.assert(message, lie)) };
}

/** Another page than the browser was at. */
function atOrigin(origin: string): Lie {
  return { clientData: (honest) => JSON.stringify({ ...honest, origin }) };
}

/** Every way of forging with a passkey in it. */
export const gestures: readonly ((bench: Bench) => Forgery)[] = [
  ({ passkeys, draft, random }) => {
    const good = sealCommand(draft(), passkeys.ann);
    const [first] = good.signatures;
    const parts: Record<string, string> = JSON.parse(
      new TextDecoder().decode(decodeBase64url(first?.sig ?? '')),
    );
    const name = pick(Object.keys(parts), random);
    const forged = { ...parts, [name]: flipBit(parts[name] ?? '', random) };
    const sig = encodeBase64url(new TextEncoder().encode(JSON.stringify(forged)));
    const signatures = [{ keyid: passkeys.ann.keyid, sig }];
    return { name: 'a bit of an assertion', envelope: { ...good, signatures }, codes: ['E_SIG'] };
  },
  ({ passkeys, draft, random }) => {
    const good = sealCommand(draft(), passkeys.ann);
    const [first] = good.signatures;
    const signatures = [{ keyid: passkeys.ann.keyid, sig: flipBit(first?.sig ?? '', random) }];
    return { name: 'a bit around an assertion', envelope: { ...good, signatures }, codes: ['E_SIG'] };
  },
  ({ passkeys, draft, newId }) => {
    const other = sealCommand(draft({ cmdId: newId() }), passkeys.ann);
    const { signatures } = other;
    return {
      name: 'a gesture for another command',
      envelope: { ...sealCommand(draft(), passkeys.ann), signatures },
      codes: ['E_SIG'],
    };
  },
  ({ passkeys, draft }) => ({
    name: 'a gesture at a foreign page',
    envelope: sealCommand(draft(), lying(passkeys, atOrigin('https://muster.example.evil.test'))),
    codes: ['E_PAGE'],
  }),
  ({ passkeys, draft }) => ({
    name: 'a gesture for a foreign domain',
    envelope: sealCommand(draft(), lying(passkeys, { rpId: 'evil.test' })),
    codes: ['E_PAGE'],
  }),
  ({ passkeys, draft }) => ({
    name: 'a touch without finger or PIN',
    envelope: sealCommand(draft(), lying(passkeys, { flags: 0x01 })),
    codes: ['E_PAGE'],
  }),
  ({ passkeys, draft, party }) => ({
    name: 'a passkey under the name of a key file',
    envelope: sealCommand(draft(), { keyid: party.ann.keyid, sign: passkeys.ann.sign }),
    codes: ['E_SIG'],
  }),
  ({ passkeys, draft, party }) => ({
    name: 'a key file under the name of a passkey',
    envelope: sealCommand(draft(), { keyid: passkeys.ann.keyid, sign: party.ann.sign }),
    codes: ['E_SIG'],
  }),
  ({ draft }) => ({
    name: 'the passkey of a stranger',
    envelope: sealCommand(draft(), createPasskey(PAGE)),
    codes: ['E_NOKEY'],
  }),
  ({ passkeys, draft }) => ({
    name: 'the passkey of a stranger posing as Ann',
    envelope: sealCommand(draft(), { keyid: passkeys.ann.keyid, sign: createPasskey(PAGE).sign }),
    codes: ['E_SIG'],
  }),
  ({ passkeys, draft }) => ({
    name: 'a wipe by two passkeys',
    envelope: sealCommand(draft({ kind: 'device.wipe', args: {} }), passkeys.ann, passkeys.bob),
    codes: ['E_QUORUM'],
  }),
  ({ passkeys, party, draft }) => ({
    name: 'a wipe by key file and passkey of one',
    envelope: sealCommand(draft({ kind: 'device.wipe', args: {} }), party.ann, passkeys.ann),
    codes: ['E_QUORUM'],
  }),
];
