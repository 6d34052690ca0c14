// Which operating system this is: os-release(5), and what Debian keeps beside it.
import { osVersionSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { HOUR_MS, parseInteger, parsePairs, readLine, readStamp } from './formats/attributes.ts';

type Row = RowOf<typeof osVersionSection>;

/** os-release(5): the second is the vendor's own, the first may be the administrator's. */
const RELEASE_FILES = ['/etc/os-release', '/usr/lib/os-release'] as const;
const DEBIAN_VERSION = '/etc/debian_version';

/** Machine numbers of the ELF header (e_machine), by the words of uname(2). */
const MACHINES: Readonly<Record<number, string>> = {
  3: 'i686',
  8: 'mips',
  21: 'ppc64le',
  22: 's390x',
  40: 'armv7l',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

/** What os-release says beside the texts that other files give. */
export interface OsVersionTexts {
  readonly release: string;
  /** Content of /etc/debian_version, such as 12.5. */
  readonly debianVersion: string | null;
  readonly arch: string | null;
}

/** Values of os-release: shell-like quotes taken off, `\` escapes undone. */
function parseRelease(text: string): Map<string, string> {
  const pairs = parsePairs(text, '=');
  for (const [key, value] of pairs) {
    const quoted = /^(["'])(.*)\1$/s.exec(value);
    pairs.set(key, (quoted?.[2] ?? value).replace(/\\(["'$`\\])/g, '$1'));
  }
  return pairs;
}

/** The row of an os-release text; null when it names no system. */
export function parseOsVersion({ release, debianVersion, arch }: OsVersionTexts): Row | null {
  const fields = parseRelease(release);
  const field = (key: string) => fields.get(key) || null;
  const name = field('NAME');
  const platform = field('ID') ?? name?.toLowerCase().split(' ')[0] ?? null;
  if (name === null || platform === null) return null;
  const pointRelease = platform === 'debian' && debianVersion !== null && /^\d+\.\d+/.test(debianVersion);
  const numbers = (pointRelease ? debianVersion : (field('VERSION_ID') ?? '')).split('.');
  return {
    name,
    version: field('VERSION') ?? field('VERSION_ID'),
    major: parseInteger(numbers[0]),
    minor: parseInteger(numbers[1]),
    patch: parseInteger(numbers[2]),
    build: field('BUILD_ID') ?? field('IMAGE_VERSION'),
    platform,
    platform_like: field('ID_LIKE'),
    codename: field('VERSION_CODENAME'),
    arch,
    variant: field('VARIANT'),
    support_end: field('SUPPORT_END'),
  };
}

/** Architecture of a program by its ELF header; null for anything else. Big-endian machines store it the other way round. */
export function parseElfMachine(header: Uint8Array): string | null {
  if (header.length < 20 || header[0] !== 0x7f || header[1] !== 0x45) return null;
  const low = header[18] ?? 0;
  const high = header[19] ?? 0;
  return MACHINES[header[5] === 2 ? low * 256 + high : high * 256 + low] ?? null;
}

/** Kernels before 6.1 have no file that says it; the running program is of the same kind then. */
async function readArch({ files }: CollectContext): Promise<string | null> {
  const named = await readLine(files, '/proc/sys/kernel/arch');
  if (named !== null) return named;
  return parseElfMachine((await files.readRange('/proc/self/exe', 0, 20)) ?? new Uint8Array());
}

/** Section `os_version`. */
export const osVersion: Collector<(typeof osVersionSection)['columns']> = {
  section: osVersionSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  stamp: ({ files }) => readStamp(files, [...RELEASE_FILES, DEBIAN_VERSION]),
  async collect(context) {
    for (const path of RELEASE_FILES) {
      const release = await context.files.readText(path);
      if (release === null) continue;
      const debianVersion = await readLine(context.files, DEBIAN_VERSION);
      const row = parseOsVersion({ release, debianVersion, arch: await readArch(context) });
      if (row !== null) return { outcome: 'ok', rows: [row] };
    }
    return { outcome: 'no-data', reason: 'There is no os-release file that names the system.' };
  },
};
