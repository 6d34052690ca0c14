// The table of all kinds of command: class, repeat class, effect, parameters. Server, executor and CLI read the same one.
import type { Static, TSchema } from 'typebox';
import { DiagnosticsArgs } from './kinds/diagnostics.ts';
import { FileFetchArgs, FilePutArgs } from './kinds/file.ts';
import { NoArgs } from './kinds/none.ts';
import { PackageInstallArgs, PackagesArgs, PackageUpgradeArgs } from './kinds/package.ts';
import { PowerArgs } from './kinds/power.ts';
import { ProcessSignalArgs } from './kinds/process.ts';
import { RunResolveArgs } from './kinds/run.ts';
import { ScriptRunArgs } from './kinds/script.ts';
import { ServiceArgs } from './kinds/service.ts';
import { UserArgs } from './kinds/user.ts';

/** Parameters of every kind, closed. The classes stand in signing/classes.ts, which trust documents are checked against. */
export const kindArgs = {
  // Reading: nothing on the device changes.
  'inventory.refresh': NoArgs,
  'diagnostics.collect': DiagnosticsArgs,
  // Services by the name that the service manager knows.
  'service.start': ServiceArgs,
  'service.stop': ServiceArgs,
  'service.restart': ServiceArgs,
  'service.enable': ServiceArgs,
  'service.disable': ServiceArgs,
  // A process by its number and its start, so that a number used again is not hit.
  'process.signal': ProcessSignalArgs,
  // Packages from the device's own repositories only.
  'package.install': PackageInstallArgs,
  'package.remove': PackagesArgs,
  'package.upgrade': PackageUpgradeArgs,
  'package.hold': PackagesArgs,
  'package.unhold': PackagesArgs,
  // Content by its hash, and files of the device.
  'file.put': FilePutArgs,
  'file.fetch': FileFetchArgs,
  'script.run': ScriptRunArgs,
  // The machine itself.
  'power.reboot': PowerArgs,
  'power.shutdown': PowerArgs,
  // Local accounts.
  'user.lock': UserArgs,
  'user.unlock': UserArgs,
  // Destructive: two signers, names, a cool-off.
  'device.lock': NoArgs,
  'device.wipe': NoArgs,
  'agent.unenroll': NoArgs,
  // About another command.
  'run.resolve': RunResolveArgs,
} as const satisfies Record<string, TSchema>;

/** A kind of command. */
export type CommandKind = keyof typeof kindArgs;

/** Parameters of one kind, once its schema has let them pass. */
export type KindArgs<Kind extends CommandKind> = Static<(typeof kindArgs)[Kind]>;
