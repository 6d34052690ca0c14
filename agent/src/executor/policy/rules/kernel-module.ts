// Rule `kernel-module` on the device: what is loaded, and what modprobe would load when somebody asks.
import type { WantedOf } from '@muster/protocol/policy';
import { removeEntry, writeEntry } from '../../../platform/linux/changing.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { actBy, filesOf, findProgram, holds, look, refuse } from '../../kinds/programs/find.ts';
import { type ModuleFacts, readModuleFacts } from '../facts/modules.ts';
import { compliant, drifted, type Finding, notApplicable, OWN_HEADER, type RuleOnDevice } from '../rule.ts';
import { actInside, describeChanged } from './inside.ts';

type Wanted = WantedOf<'kernel-module'>;

const MODPROBE = ['/usr/sbin/modprobe', '/sbin/modprobe'] as const;

/** First of all in modprobe.d, whose first command about a module counts. */
const refusalPath = (name: string) => `/etc/modprobe.d/00-muster-${name}.conf`;
const loadPath = (name: string) => `/etc/modules-load.d/muster-${name}.conf`;

function check({ name, state }: Wanted, modules: ModuleFacts): Finding {
  if (state === 'loaded') {
    if (modules.isBuiltIn(name)) return compliant('built into the kernel');
    return modules.isLoaded(name) ? compliant('loaded') : drifted('not loaded');
  }
  if (modules.isBuiltIn(name)) return drifted('built into the kernel');
  if (modules.isLoaded(name)) return drifted('loaded');
  return modules.isRefused(name)
    ? compliant('not loaded')
    : drifted('not loaded, but would be when asked for');
}

/** Why a module stays; null when it may go. */
function judgeAbsent(name: string, modules: ModuleFacts): Check | null {
  if (modules.isBuiltIn(name)) return refuse('E_UNSUPPORTED', `${name} is built into the kernel.`);
  if (modules.connects(name))
    return refuse(
      'E_PROTECTED',
      `${name} drives a network interface; the device could not be reached any more.`,
    );
  return modules.isInUse(name) ? refuse('E_PROTECTED', `${name} is in use.`) : null;
}

/** Both files, so that the wish of another time does not stay behind. */
async function writeFiles({ root }: KindContext, { name, state }: Wanted): Promise<string | null> {
  const [keep, drop] =
    state === 'absent' ? [refusalPath(name), loadPath(name)] : [loadPath(name), refusalPath(name)];
  const line = state === 'absent' ? `install ${name} /bin/false\nblacklist ${name}\n` : `${name}\n`;
  const dropped = await removeEntry(root, drop);
  // Its folder need not be there.
  if (dropped !== 'done' && dropped !== 'absent') return describeChanged(dropped);
  return describeChanged(await writeEntry(root, keep, OWN_HEADER + line));
}

async function planFiles(wanted: Wanted, context: KindContext): Promise<Check> {
  const { name, state } = wanted;
  const modules = await readModuleFacts(filesOf(context));
  if (modules === null) return refuse('E_UNSUPPORTED', 'The kernel takes no modules.');
  if (state === 'loaded') {
    if (modules.isRefused(name) && (await filesOf(context).stat(refusalPath(name))) === null)
      return refuse('E_PROTECTED', `The owner of the device lets nobody load ${name}.`);
    return actInside(`Load ${name} at each start.`, () => writeFiles(context, wanted));
  }
  const bar = judgeAbsent(name, modules);
  if (bar !== null) return bar;
  if (modules.isRefused(name)) return holds(`${name} is refused already.`);
  return actInside(`Let nobody load ${name}.`, () => writeFiles(context, wanted));
}

async function planKernel({ name, state }: Wanted, context: KindContext): Promise<Check> {
  const modules = await readModuleFacts(filesOf(context));
  if (modules?.isLoaded(name) === (state === 'loaded')) return holds(`${name} is ${state} already.`);
  if (context.root !== '') return refuse('E_UNSUPPORTED', 'Below another root no module comes or goes.');
  const modprobe = await findProgram(context, MODPROBE);
  if (modprobe === null) return refuse('E_UNSUPPORTED', 'There is no modprobe here.');
  const args = state === 'loaded' ? ['--', name] : ['-r', '--', name];
  return actBy(look(modprobe, args), `${state === 'loaded' ? 'Load' : 'Unload'} ${name}.`);
}

export const kernelModuleOnDevice: RuleOnDevice<Wanted> = {
  watched: () => ['/etc/modprobe.d/', '/etc/modules-load.d/'],
  async check(wanted, facts) {
    const modules = await facts.modules();
    if (modules === null) return notApplicable('the kernel takes no modules, or does not tell which it has');
    return check(wanted, modules);
  },
  plan(wanted) {
    const names = [wanted.name];
    const files = [...names, refusalPath(wanted.name), loadPath(wanted.name)];
    return [
      { kinds: ['file.put'], names: files, plan: (context) => planFiles(wanted, context) },
      { kinds: [], names, plan: (context) => planKernel(wanted, context) },
    ];
  },
};
