// The packages of the device by the readers of the inventory: no program is started but for what only a manager knows.
import { apkSource } from '../../../collectors/packages/apk.ts';
import { debSource } from '../../../collectors/packages/deb.ts';
import { rpmSource } from '../../../collectors/packages/rpm.ts';
import type { PackageRow, PackageSource } from '../../../collectors/packages/source.ts';
import { fail } from '../../../errors.ts';
import type { Files } from '../../../platform/files.ts';
import type { KindContext } from '../../kinds/kind.ts';
import { findPackageProvider } from '../../kinds/packages/find.ts';
import type { PackageProvider } from '../../kinds/packages/provider.ts';

/** Packages with their states. */
export interface PackageFacts {
  readonly manager: Pick<PackageProvider, 'name' | 'isVersion'>;
  /** Rows of that name but those of which only settings are left; several for several architectures or versions. */
  find(name: string): readonly PackageRow[];
  isHeld(name: string): Promise<boolean>;
  /** Version that is offered beyond the one that is here; '' where none is. @throws MusterError E_PACKAGE where that cannot be told */
  newer(name: string): Promise<string>;
}

const SOURCES: Readonly<Record<string, PackageSource>> = { deb: debSource, rpm: rpmSource, apk: apkSource };

async function readRows(
  files: Files,
  ecosystem: string,
): Promise<ReadonlyMap<string, readonly PackageRow[]>> {
  const byName = new Map<string, PackageRow[]>();
  for (const { outcome, path } of (await SOURCES[ecosystem]?.read(files)) ?? []) {
    if (outcome.outcome !== 'ok')
      throw fail('E_FILE', { detail: `The packages of ${path} cannot be read: ${outcome.reason}` });
    for (const row of outcome.rows) {
      if (row.status === 'config-files') continue;
      const rows = byName.get(row.name);
      if (rows === undefined) byName.set(row.name, [row]);
      else rows.push(row);
    }
  }
  return byName;
}

type Offers = ReadonlyMap<string, string> | { readonly refusal: string };

/** What an upgrade of these would bring, by name. */
async function readOffers(
  context: KindContext,
  provider: PackageProvider,
  names: readonly string[],
): Promise<Offers> {
  const packages = names.map((name) => ({ name, version: '' }));
  const plan = provider.parsePlan(await context.read(provider.simulate({ act: 'upgrade', packages })));
  return 'refusal' in plan ? plan : new Map(plan.changes.map(({ name, to }) => [name, to]));
}

/** Reads the database. Null: no package manager that is known. `latest`: what rules will ask about, so that it is asked once. */
export async function readPackageFacts(
  context: KindContext,
  files: Files,
  latest: readonly string[],
): Promise<PackageFacts | null> {
  const provider = await findPackageProvider(context);
  if (provider === null) return null;
  const rows = await readRows(files, provider.ecosystem);
  let held: Promise<readonly string[]> | undefined;
  let all: Promise<Offers> | undefined;

  async function newer(name: string): Promise<string> {
    const names = [...new Set([...latest, name])].filter((one) => rows.has(one));
    if (provider === null) return '';
    all ??= readOffers(context, provider, names);
    let offers = await all;
    // One package that cannot be upgraded keeps nothing from being known of the others.
    if ('refusal' in offers && names.length > 1) offers = await readOffers(context, provider, [name]);
    if ('refusal' in offers)
      throw fail('E_PACKAGE', { detail: `${provider.name} does not say what is offered: ${offers.refusal}` });
    return offers.get(name) ?? '';
  }

  return {
    manager: provider,
    find: (name) => rows.get(name) ?? [],
    async isHeld(name) {
      // dpkg keeps holds in its database; the others have files or commands of their own.
      if (provider.ecosystem === 'deb')
        return rows.get(name)?.some(({ status }) => status === 'held') === true;
      held ??= provider.readHeld(context);
      return (await held).includes(name);
    },
    newer,
  };
}
