// Which package manager a device has: by its database below the root, and by its programs.
import type { KindContext } from '../kind.ts';
import { filesOf, findProgram } from '../programs/find.ts';
import { apkPaths, createApk } from './apk.ts';
import { aptPaths, createApt } from './apt.ts';
import { createDnf, dnfPaths } from './dnf.ts';
import type { PackageProvider } from './provider.ts';
import { createZypper, zypperPaths } from './zypper.ts';

const RPM_DATABASES = ['/var/lib/rpm', '/usr/lib/sysimage/rpm'];

/** All programs of a table, or null when one is missing. */
async function findAll<Name extends string>(
  context: KindContext,
  table: Readonly<Record<Name, readonly string[]>>,
): Promise<Record<Name, string> | null> {
  const found: Partial<Record<Name, string>> = {};
  for (const name in table) {
    const path = await findProgram(context, table[name]);
    if (path === null) return null;
    found[name] = path;
  }
  return found as Record<Name, string>;
}

/** The device's package manager; null when none of the four is here. */
export async function findPackageProvider(context: KindContext): Promise<PackageProvider | null> {
  const files = filesOf(context);
  const has = async (path: string) => (await files.stat(path)) !== null;
  const { root } = context;
  if (await has('/var/lib/dpkg/status')) {
    const apt = await findAll(context, aptPaths);
    if (apt) return createApt(apt, root);
  }
  if (await has('/lib/apk/db/installed')) {
    const apk = await findAll(context, apkPaths);
    if (apk) return createApk(apk, root);
  }
  for (const database of RPM_DATABASES) {
    if (!(await has(database))) continue;
    // A machine with both is a SUSE on which dnf was added: its repositories stand in /etc/zypp.
    const zypper = (await has('/etc/zypp')) ? await findAll(context, zypperPaths) : null;
    if (zypper) return createZypper(zypper, root);
    const dnf = await findAll(context, dnfPaths);
    if (dnf) return createDnf(dnf, root);
  }
  return null;
}
