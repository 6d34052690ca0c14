// The explicit list of collectors, in the order in which a full inventory runs them.
import { blockDevices } from './block_devices.ts';
import type { AnyCollector } from './collector.ts';
import { cpuInfo } from './cpu_info.ts';
import { dnsResolvers } from './dns_resolvers.ts';
import { chooseCollectors } from './foreign.ts';
import { groups } from './groups.ts';
import { interfaceAddresses } from './interface_addresses.ts';
import { interfaceDetails } from './interface_details.ts';
import { kernelInfo } from './kernel_info.ts';
import { kernelModules } from './kernel_modules.ts';
import { listeningPorts } from './listening_ports.ts';
import { loggedInUsers } from './logged_in_users.ts';
import { memoryDevices } from './memory_devices.ts';
import { memoryInfo } from './memory_info.ts';
import { mounts } from './mounts.ts';
import { osVersion } from './os_version.ts';
import { createPackageSources } from './package_sources.ts';
import { createPackageReader } from './packages/reader.ts';
import { createPackages } from './packages.ts';
import { pendingReboot } from './pending_reboot.ts';
import { platformInfo } from './platform_info.ts';
import { processes } from './processes.ts';
import { routes } from './routes.ts';
import { systemInfo } from './system_info.ts';
import { systemdUnits } from './systemd_units.ts';
import { timeSettings } from './time_settings.ts';
import { users } from './users.ts';
import { videoInfo } from './video_info.ts';
import { virtualization } from './virtualization.ts';

/** Made by the agent itself, since it is told the state of the outbox. */
export { createAgentBudget, type OutboxState } from './agent_budget.ts';
export { createInventory, type Inventory, type InventoryOptions } from './runner.ts';

/** Shared by the two collectors that tell of packages, so that the databases are read once. */
const packageReader = createPackageReader();

/** Every collector of this agent. What people look at first comes first. */
export const collectors: readonly AnyCollector[] = chooseCollectors(process.platform, [
  osVersion,
  systemInfo,
  cpuInfo,
  memoryInfo,
  kernelInfo,
  blockDevices,
  mounts,
  interfaceDetails,
  interfaceAddresses,
  virtualization,
  platformInfo,
  memoryDevices,
  routes,
  dnsResolvers,
  users,
  groups,
  systemdUnits,
  kernelModules,
  pendingReboot,
  timeSettings,
  createPackages(packageReader),
  createPackageSources(packageReader),
  processes,
  listeningPorts,
  loggedInUsers,
  videoInfo,
]);
