// The explicit list of all sections: what a device can report and a server can store.
import type { Section } from './section.ts';
import { agentBudgetSection } from './sections/agent_budget.ts';
import { blockDevicesSection } from './sections/block_devices.ts';
import { cpuInfoSection } from './sections/cpu_info.ts';
import { dnsResolversSection } from './sections/dns_resolvers.ts';
import { groupsSection } from './sections/groups.ts';
import { interfaceAddressesSection } from './sections/interface_addresses.ts';
import { interfaceDetailsSection } from './sections/interface_details.ts';
import { kernelInfoSection } from './sections/kernel_info.ts';
import { kernelModulesSection } from './sections/kernel_modules.ts';
import { listeningPortsSection } from './sections/listening_ports.ts';
import { loggedInUsersSection } from './sections/logged_in_users.ts';
import { memoryDevicesSection } from './sections/memory_devices.ts';
import { memoryInfoSection } from './sections/memory_info.ts';
import { mountsSection } from './sections/mounts.ts';
import { osVersionSection } from './sections/os_version.ts';
import { packageSourcesSection } from './sections/package_sources.ts';
import { packagesSection } from './sections/packages.ts';
import { pendingRebootSection } from './sections/pending_reboot.ts';
import { platformInfoSection } from './sections/platform_info.ts';
import { processesSection } from './sections/processes.ts';
import { routesSection } from './sections/routes.ts';
import { systemInfoSection } from './sections/system_info.ts';
import { systemdUnitsSection } from './sections/systemd_units.ts';
import { timeSettingsSection } from './sections/time_settings.ts';
import { usersSection } from './sections/users.ts';
import { videoInfoSection } from './sections/video_info.ts';
import { virtualizationSection } from './sections/virtualization.ts';

/** Slow facts with a history, in the order in which people read them. `packages` travels as 64 parts, the rest as one body each. */
export const sliceSections: readonly Section[] = [
  osVersionSection,
  kernelInfoSection,
  systemInfoSection,
  platformInfoSection,
  virtualizationSection,
  cpuInfoSection,
  memoryInfoSection,
  memoryDevicesSection,
  blockDevicesSection,
  mountsSection,
  interfaceDetailsSection,
  interfaceAddressesSection,
  routesSection,
  dnsResolversSection,
  usersSection,
  groupsSection,
  systemdUnitsSection,
  kernelModulesSection,
  pendingRebootSection,
  timeSettingsSection,
  packagesSection,
  packageSourcesSection,
];

/** What is read only while somebody looks; never in the root hash or the history. */
export const liveSections: readonly Section[] = [
  processesSection,
  listeningPortsSection,
  loggedInUsersSection,
  videoInfoSection,
  agentBudgetSection,
];

/** Every section; names are unique over both lists. */
export const sections: readonly Section[] = [...sliceSections, ...liveSections];

const byName = new Map(sections.map((section) => [section.name, section]));

/** The section of that name; undefined when this side does not know it, as with a device of another age. */
export function findSection(name: string): Section | undefined {
  return byName.get(name);
}
