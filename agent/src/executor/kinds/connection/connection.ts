// What connects the device: without it no command would ever reach it again, so none may end or remove it. Pure.

/**
 * Services that hold the network up: managers of interfaces, what hands them addresses and names, wireless and mobile links, and the
 * bus over which several of them are led. Rather one too many: on a device that has two of them it cannot tell which one counts.
 */
const SERVICES = new Set([
  ...['systemd-networkd', 'systemd-resolved', 'networkmanager', 'nm-priv-helper', 'networking', 'network'],
  ...['dhcpcd', 'dhclient', 'udhcpc', 'wpa_supplicant', 'iwd', 'connman', 'connmand', 'modemmanager'],
  ...['wicked', 'wickedd', 'wickedd-dhcp4', 'wickedd-dhcp6', 'wickedd-nanny', 'netplan', 'resolvconf'],
  ...['dbus', 'dbus-broker', 'dbus-daemon'],
]);
/** OpenRC has one service an interface; ifupdown too. */
const INTERFACE = /^(?:net\.|ifup@)/;
const BUS_NAME = /^dbus-org\.freedesktop\.(?:network1|resolve1|networkmanager|modemmanager1)$/;

/** The same as packages, as the distributions call them. */
const PACKAGES = new Set([
  ...['network-manager', 'networkmanager', 'networkmanager-wifi', 'networkmanager-wwan', 'systemd-networkd'],
  ...['systemd-network', 'systemd-resolved', 'ifupdown', 'ifupdown2', 'ifupdown-ng', 'netplan.io', 'netplan'],
  ...['dhcpcd', 'dhcpcd5', 'dhcpcd-base', 'isc-dhcp-client', 'dhcp-client', 'udhcpc', 'wpasupplicant'],
  ...['wpa_supplicant', 'iwd', 'connman', 'modemmanager', 'wicked', 'wicked-service', 'initscripts'],
  ...['network-scripts', 'resolvconf', 'openresolv', 'dbus', 'dbus-broker', 'dbus-daemon', 'iproute2'],
]);

/** True for the name of a service (with its suffix or without, any instance) or of its program. */
export function connectsAsService(name: string): boolean {
  const plain = name.replace(/\.(?:service|socket|timer|path)$/, '').toLowerCase();
  if (INTERFACE.test(plain) || BUS_NAME.test(plain)) return true;
  return SERVICES.has(plain.replace(/@.*$/, ''));
}

/** True for the name of a package, with its architecture or without. */
export function connectsAsPackage(name: string): boolean {
  return PACKAGES.has(name.replace(/:[a-z0-9-]+$/, '').toLowerCase());
}
