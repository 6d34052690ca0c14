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
  'inventory.refresh': NoArgs,
  'diagnostics.collect': DiagnosticsArgs,
  'service.start': ServiceArgs,
  'service.stop': ServiceArgs,
  'service.restart': ServiceArgs,
  'service.enable': ServiceArgs,
  'service.disable': ServiceArgs,
  'process.signal': ProcessSignalArgs,
  'package.install': PackageInstallArgs,
  'package.remove': PackagesArgs,
  'package.upgrade': PackageUpgradeArgs,
  'package.hold': PackagesArgs,
  'package.unhold': PackagesArgs,
  'file.put': FilePutArgs,
  'file.fetch': FileFetchArgs,
  'script.run': ScriptRunArgs,
  'power.reboot': PowerArgs,
  'power.shutdown': PowerArgs,
  'user.lock': UserArgs,
  'user.unlock': UserArgs,
  'device.lock': NoArgs,
  'device.wipe': NoArgs,
  'agent.unenroll': NoArgs,
  'run.resolve': RunResolveArgs,
} as const satisfies Record<string, TSchema>;

/** A kind of command. */
export type CommandKind = keyof typeof kindArgs;

/** Parameters of one kind, once its schema has let them pass. */
export type KindArgs<Kind extends CommandKind> = Static<(typeof kindArgs)[Kind]>;
