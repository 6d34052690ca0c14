// The few facts about the machine that the session itself needs.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Files } from './files.ts';

/** Printable form of what a machine says about itself. */
function plain(text: string, maxLength: number): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f]/g, '')
    .slice(0, maxLength);
}

/** Name of this machine. */
export function readHostname(): string {
  return plain(hostname(), 253) || 'localhost';
}

/** `PRETTY_NAME` of the operating system, or Node's name of the platform. */
export async function readPlatform(files: Files): Promise<string> {
  const release =
    (await files.readText('/etc/os-release')) ?? (await files.readText('/usr/lib/os-release')) ?? '';
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? '';
  return plain(name, 128) || process.platform;
}

/** Random id of this run of the operating system; a fresh one where the system has none, which then counts as a reboot. */
export async function readBootId(files: Files): Promise<string> {
  const id = (await files.readText('/proc/sys/kernel/random/boot_id'))?.trim();
  return id === undefined || id === '' ? randomUUID() : plain(id, 64);
}
