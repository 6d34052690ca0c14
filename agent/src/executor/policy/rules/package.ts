// Rule `package` on the device: by the package database; repaired by the kinds of command for packages.
import type { WantedOf } from '@muster/protocol/policy';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { findPackageProvider } from '../../kinds/packages/find.ts';
import { checkHold, checkOrder } from '../../kinds/packages/order.ts';
import type { PackageFacts } from '../facts/packages.ts';
import { compliant, drifted, type Finding, notApplicable, type RuleOnDevice, type Step } from '../rule.ts';

type Wanted = WantedOf<'package'>;

/** States in which a package does its work. */
const WHOLE = new Set(['installed', 'held']);

async function checkPresent(
  wanted: Wanted,
  packages: PackageFacts,
  versions: readonly string[],
): Promise<Finding> {
  const { name, state, version } = wanted;
  const here = versions.join(', ');
  if (state === 'held')
    return (await packages.isHeld(name)) ? compliant(`held at ${here}`) : drifted(`${here}, not held`);
  if (state === 'latest') {
    const newer = await packages.newer(name);
    return newer === '' ? compliant(here) : drifted(`${here}, and ${newer} is offered`);
  }
  const fits = version === undefined || versions.some((one) => packages.manager.isVersion(version, one));
  return fits ? compliant(here) : drifted(here);
}

async function check(wanted: Wanted, packages: PackageFacts): Promise<Finding> {
  const rows = packages.find(wanted.name);
  const whole = rows.filter(({ status }) => WHOLE.has(status));
  if (wanted.state === 'absent')
    return rows.length === 0 ? compliant('not installed') : drifted(`${rows[0]?.version} ${rows[0]?.status}`);
  if (whole.length === 0) return drifted(rows.length === 0 ? 'not installed' : 'installed by half');
  return checkPresent(
    wanted,
    packages,
    whole.map(({ version }) => version),
  );
}

/** What is not here is installed; what is here is upgraded. */
async function planLatest(name: string, context: KindContext): Promise<Check> {
  const provider = await findPackageProvider(context);
  const installed = (await provider?.readInstalled(context, [name])) ?? [];
  const act = installed.length === 0 ? 'install' : 'upgrade';
  return checkOrder({ act, packages: [{ name, version: '' }] }, context);
}

function planStep({ name, state, version = '' }: Wanted): Step {
  const names = [name];
  switch (state) {
    case 'installed':
      return {
        kinds: ['package.install'],
        names,
        plan: (context) => checkOrder({ act: 'install', packages: [{ name, version }] }, context),
      };
    case 'absent':
      return {
        kinds: ['package.remove'],
        names,
        plan: (context) => checkOrder({ act: 'remove', packages: [{ name, version: '' }] }, context),
      };
    case 'held':
      return { kinds: ['package.hold'], names, plan: (context) => checkHold(names, true, context) };
    case 'latest':
      return {
        kinds: ['package.install', 'package.upgrade'],
        names,
        plan: (context) => planLatest(name, context),
      };
  }
}

export const packageOnDevice: RuleOnDevice<Wanted> = {
  watched: () => ['/var/lib/dpkg/status', '/var/lib/rpm/rpmdb.sqlite', '/lib/apk/db/installed'],
  async check(wanted, facts) {
    const packages = await facts.packages();
    if (packages === null) return notApplicable('no package manager that is known');
    return check(wanted, packages);
  },
  plan: (wanted) => [planStep(wanted)],
};
