// What every kind of command is: its class, what follows an interruption, whether it changes the device, and its defaults.
import type { CommandKind } from './kinds.ts';

/** What is done about a run that a crash or a reboot interrupted. */
export type RepeatClass =
  /** Doing it again leads to the same state: it runs again. */
  | 'convergent'
  /** The system can be asked whether it took place: asked first. */
  | 'probeable'
  /** Neither: a signer decides. */
  | 'once';

/** Facts about a kind that all sides need. */
export interface KindEntry {
  readonly repeat: RepeatClass;
  /** False: it only reads, and runs inside the executor. True: it runs as a unit of its own. */
  readonly changes: boolean;
  /** True: what runs may be stopped in the middle by a cancellation or halt. */
  readonly stoppable: boolean;
  /** Parameters that need not be given, with their values; a signed command always has all of them. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** One sentence for help and console. */
  readonly description: string;
}

const none = {} as const;

/** All kinds. */
// biome-ignore format: one row a kind is easier to read and to compare
const entries: Readonly<Record<CommandKind, KindEntry>> = {
  'inventory.refresh':   { repeat: 'convergent', changes: false, stoppable: false, defaults: none, description: 'Reads the whole inventory again.' },
  'diagnostics.collect': { repeat: 'convergent', changes: false, stoppable: true,  defaults: { sinceMs: 3_600_000 }, description: 'Collects journal, kernel log, processes, disks, sockets and pressure, with secrets taken out.' },
  'service.start':       { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Starts a service.' },
  'service.stop':        { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Stops a service.' },
  'service.restart':     { repeat: 'probeable',  changes: true,  stoppable: false, defaults: none, description: 'Restarts a service.' },
  'service.enable':      { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Lets a service start with the machine.' },
  'service.disable':     { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Keeps a service from starting with the machine.' },
  'process.signal':      { repeat: 'once',       changes: true,  stoppable: false, defaults: { signal: 'TERM' }, description: 'Sends a signal to a process.' },
  'package.install':     { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: "Installs packages from the device's own repositories." },
  'package.remove':      { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Removes packages, never an essential one.' },
  'package.upgrade':     { repeat: 'convergent', changes: true,  stoppable: false, defaults: { names: [] }, description: "Upgrades packages from the device's own repositories." },
  'package.hold':        { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Keeps packages at their version.' },
  'package.unhold':      { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Lets packages be upgraded again.' },
  'file.put':            { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Puts signed content in the place that was signed with it.' },
  'file.fetch':          { repeat: 'convergent', changes: false, stoppable: true,  defaults: none, description: 'Fetches a file from the device.' },
  'script.run':          { repeat: 'once',       changes: true,  stoppable: true,  defaults: { parameters: {}, stdin: '', runAs: '' }, description: 'Runs a signed script.' },
  'power.reboot':        { repeat: 'probeable',  changes: true,  stoppable: true,  defaults: { delayMs: 60_000, message: '' }, description: 'Restarts the machine.' },
  'power.shutdown':      { repeat: 'probeable',  changes: true,  stoppable: true,  defaults: { delayMs: 60_000, message: '' }, description: 'Turns the machine off.' },
  'user.lock':           { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Locks a local account.' },
  'user.unlock':         { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Unlocks a local account.' },
  'device.lock':         { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Locks every account that can sign in, and ends their sessions.' },
  'device.wipe':         { repeat: 'once',       changes: true,  stoppable: false, defaults: none, description: 'Wipes the device; simulated unless a file on the device allows the real thing.' },
  'agent.unenroll':      { repeat: 'convergent', changes: true,  stoppable: false, defaults: none, description: 'Takes the device out of the organization.' },
  'run.resolve':         { repeat: 'convergent', changes: false, stoppable: false, defaults: none, description: 'Decides about a run that was interrupted: again, or give up.' },
};

/** All kinds, in the order of the table. */
export const commandKinds = Object.keys(entries) as CommandKind[];

/** True for a kind that this build knows. */
export function isCommandKind(kind: string): kind is CommandKind {
  return Object.hasOwn(entries, kind);
}

/** The facts about a kind. */
export function kindEntry(kind: CommandKind): KindEntry {
  return entries[kind];
}

/** True when a pattern of a trust document, halt or deny list (exact kind, `prefix.*` or `*`) holds a kind. */
export function matchesKind(pattern: string, kind: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('.*') ? kind.startsWith(pattern.slice(0, -1)) : pattern === kind;
}
