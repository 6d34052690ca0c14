// Every way of forging a command that the check `forge` knows; each has the codes with which a device may refuse it.
import { buildTargetTree, COMMAND_TYPE, CONTENT_TYPE } from '@muster/protocol/commands';
import { type Bench, type Forgery, flipBit } from './forge-bench.ts';
import { gestures } from './forge-gestures.ts';
import { crypto, makeId, seal, sealCommand, timeOf } from './lab/party.ts';
import { posing } from './lab/words.ts';

/** Every way of forging; each call makes another one. */
export const forgeries: readonly ((bench: Bench) => Forgery)[] = [
  ...gestures,
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
