// Modules of the kernel: which are loaded, in use or built in, and which modprobe would refuse (modprobe.d(5)).
import type { Files } from '../../../platform/files.ts';
import { listDropIns } from './drop-ins.ts';

const FOLDERS = [
  '/etc/modprobe.d',
  '/run/modprobe.d',
  '/usr/local/lib/modprobe.d',
  '/usr/lib/modprobe.d',
  '/lib/modprobe.d',
];
/** A command that does nothing: whoever asks for the module gets nothing. */
const NOTHING = /^(?:\/(?:usr\/)?s?bin\/)?(?:false|true)$/;
/** The list of a distribution's kernel has about 500 names; those of modules that are built in, bytes. */
const MAX_BUILTIN_BYTES = 1024 * 1024;

/** What the device has of modules. */
export interface ModuleFacts {
  isLoaded(name: string): boolean;
  /** Something holds it: a file system that is mounted, another module, a program. */
  isInUse(name: string): boolean;
  isBuiltIn(name: string): boolean;
  /** True where asking modprobe for it does nothing. */
  isRefused(name: string): boolean;
  /** True for the driver of a network interface. */
  connects(name: string): boolean;
}

const nameModule = (name: string) => name.replaceAll('-', '_');

/** Use counts by name; `-` where the kernel does not count. Pure. */
function parseUses(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, , uses] = line.split(' ');
      return name ? [[name, Number(uses) || 0] as const] : [];
    }),
  );
}

/** Commands by module, the first line about one counts: `install usb-storage /bin/false`. Pure. */
export function parseInstallCommands(texts: readonly string[]): ReadonlyMap<string, string> {
  const commands = new Map<string, string>();
  // A backslash at the end of a line goes on in the next one.
  for (const line of texts.flatMap((text) => text.replace(/\\\n/g, ' ').split('\n'))) {
    const [, name = '', command = ''] = /^\s*install\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (name !== '' && !commands.has(nameModule(name))) commands.set(nameModule(name), command);
  }
  return commands;
}

async function readCommands(files: Files): Promise<ReadonlyMap<string, string>> {
  const texts: string[] = [];
  for (const path of await listDropIns(files, FOLDERS)) texts.push((await files.readText(path)) ?? '');
  return parseInstallCommands(texts);
}

async function readBuiltIn(files: Files): Promise<ReadonlySet<string>> {
  const release = ((await files.readText('/proc/sys/kernel/osrelease')) ?? '').trim();
  const text = (await files.readText(`/lib/modules/${release}/modules.builtin`, MAX_BUILTIN_BYTES)) ?? '';
  return new Set(
    text.split('\n').map((path) => nameModule(path.slice(path.lastIndexOf('/') + 1).replace(/\.ko.*$/, ''))),
  );
}

async function readDrivers(files: Files): Promise<ReadonlySet<string>> {
  const drivers = new Set<string>();
  for (const name of await files.list('/sys/class/net')) {
    const link = await files.readLink(`/sys/class/net/${name}/device/driver/module`);
    if (link !== null) drivers.add(nameModule(link.slice(link.lastIndexOf('/') + 1)));
  }
  return drivers;
}

/** Reads them. Null: the kernel takes no modules, or does not tell which it has. */
export async function readModuleFacts(files: Files): Promise<ModuleFacts | null> {
  const text = await files.readText('/proc/modules');
  if (text === null) return null;
  const uses = parseUses(text);
  const commands = await readCommands(files);
  const builtIn = await readBuiltIn(files);
  const drivers = await readDrivers(files);
  return {
    isLoaded: (name) => uses.has(name),
    isInUse: (name) => (uses.get(name) ?? 0) > 0,
    isBuiltIn: (name) => builtIn.has(name),
    isRefused: (name) => NOTHING.test(commands.get(name) ?? ''),
    connects: (name) => drivers.has(name),
  };
}
