// Command classes: how much signing a kind of command needs, and the agent's own table of defaults.
import { type Static, Type } from 'typebox';

/** From least to most strict; the order is the meaning. */
const ORDER = ['routine', 'privileged', 'code', 'destructive'] as const;

/**
 * What a command needs before a device obeys:
 * `routine` one signer or a trigger · `privileged` one signer · `code` two signers on the content (one in solo) ·
 * `destructive` two signers (one in solo), at most 25 devices, a cool-off counted on the device.
 */
export const CommandClass = Type.Union(
  [Type.Literal('routine'), Type.Literal('privileged'), Type.Literal('code'), Type.Literal('destructive')],
  { description: 'How much signing a kind of command needs.' },
);
export type CommandClass = Static<typeof CommandClass>;

/**
 * The table every agent is built with. `content` stands for the document that approves code: using it by hash is privileged.
 * A kind that becomes routine only under conditions (a *listed* service, an upgrade *inside a signed policy*) stands here as what
 * it is without them.
 */
const DEFAULTS: ReadonlyMap<string, CommandClass> = new Map([
  ['inventory.refresh', 'routine'],
  ['diagnostics.collect', 'routine'],
  ['service.start', 'privileged'],
  ['service.stop', 'privileged'],
  ['service.restart', 'privileged'],
  ['service.enable', 'privileged'],
  ['service.disable', 'privileged'],
  ['process.signal', 'privileged'],
  ['package.install', 'privileged'],
  ['package.remove', 'privileged'],
  ['package.upgrade', 'privileged'],
  ['package.hold', 'privileged'],
  ['package.unhold', 'privileged'],
  ['file.put', 'privileged'],
  ['file.fetch', 'privileged'],
  ['script.run', 'privileged'],
  ['power.reboot', 'privileged'],
  ['power.shutdown', 'privileged'],
  ['user.lock', 'privileged'],
  ['user.unlock', 'privileged'],
  ['run.resolve', 'privileged'],
  ['content', 'code'],
  ['device.lock', 'destructive'],
  ['device.wipe', 'destructive'],
  ['agent.unenroll', 'destructive'],
]);

/** The stricter of the two. */
export function stricterClass(a: CommandClass, b: CommandClass): CommandClass {
  return ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a;
}

/** The class of the built-in table; undefined for a kind this build does not know. */
export function defaultClass(kind: string): CommandClass | undefined {
  return DEFAULTS.get(kind);
}

/**
 * The class that holds for a kind: the stricter of the built-in table and the trust document's word.
 * A kind unknown here is destructive whatever the document says: this build cannot judge it.
 */
export function classOf(kind: string, overrides: Readonly<Record<string, CommandClass>>): CommandClass {
  const own = DEFAULTS.get(kind) ?? 'destructive';
  // hasOwn: the record comes from JSON, and `constructor` is no override.
  const word = Object.hasOwn(overrides, kind) ? overrides[kind] : undefined;
  return word === undefined ? own : stricterClass(own, word);
}
