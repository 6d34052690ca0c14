// Where each section of the inventory is read from, in the name that admins know; what it is in full, the API says.

const names: Readonly<Record<string, string>> = {
  os_version: 'os-release',
  kernel_info: '/proc',
  system_info: 'DMI',
  platform_info: 'DMI',
  virtualization: 'DMI',
  cpu_info: '/proc/cpuinfo',
  memory_info: '/proc/meminfo',
  memory_devices: 'SMBIOS',
  block_devices: '/sys/class/block',
  mounts: '/proc/mountinfo',
  interface_details: '/sys/class/net',
  interface_addresses: 'netlink',
  routes: '/proc/net/route',
  dns_resolvers: 'resolv.conf',
  users: '/etc/passwd',
  groups: '/etc/group',
  systemd_units: 'systemd',
  kernel_modules: '/proc/modules',
  time_settings: '/etc, /sys',
  pending_reboot: 'dpkg, rpm, /boot',
  package_sources: 'dpkg, rpm, apk, pip, npm',
  packages: 'dpkg, rpm, apk, pip, npm',
  video_info: 'PCI',
  agent_budget: 'agent',
  processes: '/proc',
  listening_ports: '/proc/net',
  logged_in_users: 'logind, utmp',
};

const ecosystems: Readonly<Record<string, string>> = {
  deb: 'dpkg',
  rpm: 'rpm',
  apk: 'apk',
  pypi: 'pip',
  npm: 'npm',
};

/** The short name of a section's source; the name of the section where there is none. */
export function sourceOf(section: string): string {
  return names[section] ?? section;
}

/** The manager of a package. */
export function managerOf(ecosystem: string): string {
  return ecosystems[ecosystem] ?? ecosystem;
}
