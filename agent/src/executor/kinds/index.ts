// The list of all kinds of command that a device can carry out.
import { type CommandKind, isCommandKind } from '@muster/protocol/commands';
import { agentUnenroll } from './agent-unenroll.ts';
import { deviceLock } from './device-lock.ts';
import { deviceWipe } from './device-wipe.ts';
import { diagnosticsCollect } from './diagnostics-collect.ts';
import { fileFetch } from './file-fetch.ts';
import { filePut } from './file-put.ts';
import { inventoryRefresh } from './inventory-refresh.ts';
import type { Kind } from './kind.ts';
import { packageHold } from './package-hold.ts';
import { packageInstall } from './package-install.ts';
import { packageRemove } from './package-remove.ts';
import { packageUnhold } from './package-unhold.ts';
import { packageUpgrade } from './package-upgrade.ts';
import { powerReboot } from './power-reboot.ts';
import { powerShutdown } from './power-shutdown.ts';
import { processSignal } from './process-signal.ts';
import { runResolve } from './run-resolve.ts';
import { scriptRun } from './script-run.ts';
import { serviceDisable } from './service-disable.ts';
import { serviceEnable } from './service-enable.ts';
import { serviceRestart } from './service-restart.ts';
import { serviceStart } from './service-start.ts';
import { serviceStop } from './service-stop.ts';
import { userLock } from './user-lock.ts';
import { userUnlock } from './user-unlock.ts';

/** All kinds by name. A kind takes its parameters only after `checkKindArgs` has let them pass. */
export const kinds: Readonly<Record<CommandKind, Kind<never>>> = {
  'inventory.refresh': inventoryRefresh,
  'diagnostics.collect': diagnosticsCollect,
  'service.start': serviceStart,
  'service.stop': serviceStop,
  'service.restart': serviceRestart,
  'service.enable': serviceEnable,
  'service.disable': serviceDisable,
  'process.signal': processSignal,
  'package.install': packageInstall,
  'package.remove': packageRemove,
  'package.upgrade': packageUpgrade,
  'package.hold': packageHold,
  'package.unhold': packageUnhold,
  'file.put': filePut,
  'file.fetch': fileFetch,
  'script.run': scriptRun,
  'power.reboot': powerReboot,
  'power.shutdown': powerShutdown,
  'user.lock': userLock,
  'user.unlock': userUnlock,
  'device.lock': deviceLock,
  'device.wipe': deviceWipe,
  'agent.unenroll': agentUnenroll,
  'run.resolve': runResolve,
};

/** The kind of that name; undefined for one that this build cannot do. */
export function findKind(name: string): Kind<never> | undefined {
  return isCommandKind(name) ? kinds[name] : undefined;
}
