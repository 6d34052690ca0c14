// A made-up Debian with a thousand packages: this machine's files, but for a dpkg status of our own.
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of the real machine that collectors read. */
const SHARED = ['proc', 'sys', 'etc', 'usr', 'run', 'lib', 'dev'];

/** One stanza as dpkg writes it; about the 940 bytes that the packages of a Debian 12 have on average. */
function stanza(number: number, revision: number): string {
  const name = number % 3 === 0 ? `lib${number}-dev` : `tool-${number}`;
  const words = `made up to be as long as descriptions are, number ${number} of its kind, which does `;
  return [
    `Package: ${name}`,
    'Status: install ok installed',
    `Priority: ${number % 10 === 0 ? 'required' : 'optional'}`,
    `Section: ${['libs', 'admin', 'utils', 'net'][number % 4]}`,
    `Installed-Size: ${20 + ((number * 37) % 9_000)}`,
    `Maintainer: Maintainers of ${name} <maintainers-${number % 50}@example.org>`,
    `Architecture: ${number % 5 === 0 ? 'all' : 'amd64'}`,
    ...(number % 3 === 0 ? [`Source: lib${number}`] : []),
    `Version: ${number % 7}.${number % 40}.${number % 9}-${1 + (number % 4)}+deb12u${revision}`,
    `Depends: libc6 (>= 2.${number % 36}), lib${(number * 7) % 1_000}-dev (>= ${number % 5}.0), tool-${(number * 11) % 1_000}`,
    `Description: program ${words}`,
    ` A second paragraph ${words}${words}`,
    ` .`,
    ` A last paragraph ${words}${words}`,
    `Homepage: https://example.org/${name}/`,
    '',
    '',
  ].join('\n');
}

/** The root folder of that system. */
export interface MadeUpDebian {
  readonly root: string;
  /** Upgrades so many packages at once, replacing the status file as dpkg does. */
  upgrade(count: number): Promise<void>;
}

/** Makes it in an empty folder. */
export async function makeDebian(root: string, packages: number): Promise<MadeUpDebian> {
  const dpkg = join(root, 'var/lib/dpkg');
  const revisions = Array.from({ length: packages }, () => 1);
  await mkdir(join(dpkg, 'updates'), { recursive: true });
  for (const name of SHARED) await symlink(join('/', name), join(root, name));
  async function write(): Promise<void> {
    const text = revisions.map((revision, number) => stanza(number, revision)).join('');
    await writeFile(join(dpkg, 'status-new'), text);
    await rename(join(dpkg, 'status-new'), join(dpkg, 'status'));
  }
  await write();
  return {
    root,
    async upgrade(count) {
      // Spread over the list, as upgrades are.
      for (let one = 0; one < count; one++) {
        const at = Math.floor((one * packages) / count);
        revisions[at] = (revisions[at] ?? 0) + 1;
      }
      await write();
    },
  };
}
