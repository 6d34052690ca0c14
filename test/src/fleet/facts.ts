// What a device is made of, as rows of its inventory: the one source of its slices and of the facts that conditions ask for.
import { type DeviceValues, deriveFacts } from '@muster/protocol/language';
import type { Character } from './characters.ts';

const GB = 2 ** 30;

type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Rows of the sections that all devices of a role and system share. */
export function sharedRows({ role, system }: Pick<Character, 'role' | 'system'>) {
  const { id, name, version, major, codename, like } = system;
  const os: Row = { name, version, major, platform: id, platform_like: like, codename, arch: 'x86_64' };
  const cpu: Row = {
    device_id: 'CPU0',
    model: 'Simulated',
    number_of_cores: role.cores / 2,
    logical_processors: role.cores,
  };
  const memory: Row = { memory_total: role.memoryGb * GB, swap_total: 0 };
  const kernel: Row = { version: system.kernel };
  const root: Row = {
    device: '/dev/vda1',
    path: '/',
    type: 'ext4',
    flags: 'rw,relatime',
    size: role.memoryGb * 8 * GB,
  };
  return { os_version: os, cpu_info: cpu, memory_info: memory, kernel_info: kernel, mounts: root } as const;
}

/** The row that no other device has. */
export function ownRow({ hostname, role }: Pick<Character, 'hostname' | 'role'>): Row {
  const chassis = role.name === 'desk' ? 'desktop' : 'server';
  return { hostname, hardware_vendor: 'Simulated', hardware_model: role.model, chassis };
}

/** Facts of a device by name, without its id. */
export function factsOf(character: Character): DeviceValues {
  const rows = sharedRows(character);
  return deriveFacts({
    os_version: [rows.os_version],
    cpu_info: [rows.cpu_info],
    memory_info: [rows.memory_info],
    kernel_info: [rows.kernel_info],
    system_info: [ownRow(character)],
  });
}
