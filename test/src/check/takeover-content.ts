// What the attacks of `takeover` are made of: the scene, drafts of the attacker, and everything he tries with signed content.
import { decodeBase64url, type Envelope, encodeBase64url, type Signer } from '@muster/protocol';
import { CONTENT_TYPE, type Command, type CommandKind, documentDigest } from '@muster/protocol/commands';
import { pick } from './check.ts';
import type { LabDevice } from './lab/device.ts';
import {
  changeContent,
  crypto,
  draftCommand,
  type Party,
  seal,
  sealCommand,
  sealContent,
} from './lab/party.ts';
import { type Offer, posing } from './lab/words.ts';

/** Good parameters for every kind. */
export const goodArgs: Readonly<Record<CommandKind, Command['args']>> = {
  'inventory.refresh': {},
  'diagnostics.collect': { sinceMs: 3_600_000 },
  'service.start': { name: 'nginx' },
  'service.stop': { name: 'nginx' },
  'service.restart': { name: 'nginx' },
  'service.enable': { name: 'nginx' },
  'service.disable': { name: 'nginx' },
  'process.signal': { pid: 4_711, startTicks: 1, signal: 'TERM' },
  'package.install': { packages: [{ name: 'curl', version: '' }] },
  'package.remove': { names: ['curl'] },
  'package.upgrade': { names: [] },
  'package.hold': { names: ['curl'] },
  'package.unhold': { names: ['curl'] },
  'file.put': { content: '' },
  'file.fetch': { path: '/var/log/syslog' },
  'script.run': { content: '', parameters: {}, stdin: '', runAs: '' },
  'power.reboot': { delayMs: 0, message: '' },
  'power.shutdown': { delayMs: 0, message: '' },
  'user.lock': { name: 'eve' },
  'user.unlock': { name: 'eve' },
  'device.lock': {},
  'device.wipe': {},
  'agent.unenroll': {},
  'run.resolve': { command: `cmd_${'a'.repeat(26)}`, action: 'again' },
};

/** What the attacker has, and what he has seen pass by. */
export interface Scene {
  readonly party: Party;
  readonly devices: readonly LabDevice[];
  random(): number;
  newId(): string;
  /** Everything that was ever signed by two and lies in the database. */
  readonly seen: Envelope[];
  /** Ids of the attacker's own commands. */
  readonly attacks: Set<string>;
}

export type Attack = (scene: Scene, device: LabDevice) => Offer;

export const code = new TextEncoder().encode('#!/bin/sh\nid\n');
export const approvedCode = new TextEncoder().encode('#!/bin/sh\ntrue\n');
export const hashOf = (body: Uint8Array) => encodeBase64url(crypto.sha256(body));
/** By which a command names content. */
export const nameOf = (content: Envelope) => documentDigest(content, crypto);

/** A command of the attacker for one device, as Ann. */
export function draft(scene: Scene, device: LabDevice, change: Partial<Command>): Command {
  return draftCommand(scene.party, scene.newId(), { targets: { list: [device.target] }, ...change });
}

export function order(
  command: Command,
  hands: readonly Signer[],
  more: Omit<Offer, 'cmdId' | 'envelope'> = {},
): Offer {
  return { cmdId: command.cmdId, envelope: sealCommand(command, ...hands), ...more };
}

/** Everything he tries with code and files; each call makes another one. */
export const contentAttacks: Readonly<Record<string, Attack>> = {
  'code that only Ann approved': (scene, device) => {
    const { party } = scene;
    const kind = pick(['script.run', 'file.put'] as const, scene.random);
    const other = pick([party.server, party.robot, party.stranger], scene.random);
    const content = sealContent(party, code, party.ann, other);
    const args = { ...goodArgs[kind], content: nameOf(content) };
    return order(draft(scene, device, { kind, args }), [party.ann], { content: [content] });
  },
  'approved content with another body': (scene, device) => {
    const { party } = scene;
    const content = sealContent(party, approvedCode, party.ann, party.bob);
    const text = new TextDecoder()
      .decode(decodeBase64url(content.payload))
      .replace(hashOf(approvedCode), hashOf(code));
    const forged = { ...content, payload: encodeBase64url(new TextEncoder().encode(text)) };
    const args = { ...goodArgs['script.run'], content: nameOf(pick([content, forged], scene.random)) };
    return order(draft(scene, device, { kind: 'script.run', args }), [party.ann], { content: [forged] });
  },
  'a command dressed as approved content': (scene, device) => {
    const { party } = scene;
    const dressed = seal(
      CONTENT_TYPE,
      draft(scene, device, {}),
      party.ann,
      posing(party.bob, party.stranger),
    );
    const args = { ...goodArgs['script.run'], content: nameOf(dressed) };
    return order(draft(scene, device, { kind: 'script.run', args }), [party.ann], { content: [dressed] });
  },
  'input into approved code, or another user': (scene, device) => {
    const { party } = scene;
    const own = pick(
      [{ stdin: 'id' }, { runAs: 'root' }, { timeoutMs: 1_000 }, { okExits: [0, 1] }],
      scene.random,
    );
    const content = sealContent(party, approvedCode, party.ann, party.bob);
    const args = { ...goodArgs['script.run'], content: nameOf(content), ...own };
    return order(draft(scene, device, { kind: 'script.run', args }), [party.ann], { content: [content] });
  },
  'another approved document over the same bytes': (scene, device) => {
    const { party } = scene;
    const hands = [party.ann, party.bob];
    const place = { path: '/srv/file', mode: '0644', owner: '', group: '' };
    const file = { use: 'file', interpreter: 'none', place, timeoutMs: 0, okExits: [] } as const;
    const [kind, asked, handed] = pick(
      [
        ['script.run', {}, { runAs: ['root'] }],
        ['script.run', {}, { stdin: true }],
        ['script.run', {}, { timeoutMs: 1_000 }],
        ['file.put', file, { ...file, place: { ...place, path: '/etc/cron.d/file' } }],
      ] as const,
      scene.random,
    );
    const args = {
      ...goodArgs[kind],
      content: nameOf(changeContent(party, approvedCode, { change: asked, hands })),
    };
    // Whoever ordered it, the server chooses what it hands over.
    const content = [changeContent(party, approvedCode, { change: handed, hands })];
    return order(draft(scene, device, { kind, args }), hands, { content });
  },
  'a file approved for another place': (scene, device) => {
    const { party } = scene;
    const place = { path: '/srv/file', mode: '0644', owner: '', group: '' };
    const own = pick([{ path: '/etc/nologin' }, { mode: '0777' }, { owner: 'eve' }], scene.random);
    const byArgs = scene.random() < 0.5;
    const hands = byArgs ? [party.ann, party.bob] : [party.ann, party.server];
    const signed = {
      use: 'file',
      ...({ interpreter: 'none', timeoutMs: 0, okExits: [] } as const),
      place: byArgs ? place : { ...place, ...own },
    } as const;
    const content = changeContent(party, approvedCode, { change: signed, hands });
    const args = { content: nameOf(content), ...(byArgs ? own : {}) };
    return order(draft(scene, device, { kind: 'file.put', args }), [party.ann], { content: [content] });
  },
};
