// Rule `sysctl` on the device: the running kernel, and what files would set at its next start.
import type { WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import type { Files } from '../../../platform/files.ts';
import { overwriteEntry, writeEntry } from '../../../platform/linux/changing.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { filesOf, holds, refuse } from '../../kinds/programs/find.ts';
import { keyPath, readStartValues } from '../facts/sysctl.ts';
import { compliant, drifted, notApplicable, OWN_HEADER, type RuleOnDevice } from '../rule.ts';
import { actInside, describeChanged } from './inside.ts';

type Wanted = WantedOf<'sysctl'>;

/** Parameters that name a program which the kernel then runs as root. */
const PROGRAMS = /^kernel\.(?:modprobe|hotplug|poweroff_cmd|usermodehelper\..*)$|^fs\.binfmt_misc\./;

/** What statfs(2) says of a mounted proc. */
const PROC_MAGIC = 0x9fa0;

/** Last of all in sysctl.d, so that it counts. */
function ownPath(key: string): string {
  return `/etc/sysctl.d/zz-muster-${key.replaceAll('/', ',')}.conf`;
}

const spell = (text: string) => text.trim().replace(/\s+/g, ' ');

/** Null: this kernel has no such parameter. @throws MusterError E_FILE for one that cannot be read */
async function readRunning(files: Files, key: string): Promise<string | null> {
  const path = `/proc/sys/${keyPath(key)}`;
  const text = await files.readText(path);
  if (text !== null) return spell(text);
  if ((await files.stat(path)) === null) return null;
  throw fail('E_FILE', { detail: `${path} cannot be read.` });
}

function judgeValue({ key, value }: Wanted): string | null {
  if (PROGRAMS.test(key)) return `${key} names a program that the kernel runs.`;
  if (key !== 'kernel.core_pattern') return null;
  if (value.startsWith('|')) return `${value} is a program that the kernel runs.`;
  // What somebody's program leaves there may be read by others as their own.
  return value.includes('/') ? `${value} is a place that the kernel writes to.` : null;
}

/** The kernel first: it refuses what is no value, and then nothing is kept for the next start. */
async function put({ key, value }: Wanted, context: KindContext, running: string): Promise<string | null> {
  const at = `/proc/sys/${keyPath(key)}`;
  if (running !== value) {
    const failure = describeChanged(await overwriteEntry(context.root, at, `${value}\n`));
    if (failure !== null) return failure;
    const now = await readRunning(filesOf(context), key);
    if (now !== value) return `The kernel has ${now ?? 'nothing'} for it after ${value} was set.`;
  }
  return describeChanged(await writeEntry(context.root, ownPath(key), `${OWN_HEADER}${key} = ${value}\n`));
}

async function plan(wanted: Wanted, context: KindContext): Promise<Check> {
  const { key, value } = wanted;
  const bar = judgeValue(wanted);
  if (bar !== null) return refuse('E_PROTECTED', bar);
  const files = filesOf(context);
  if (context.root !== '' && (await files.statFilesystem('/proc/sys'))?.type === PROC_MAGIC)
    return refuse('E_UNSUPPORTED', 'What is mounted below this root is the kernel of the machine itself.');
  const running = await readRunning(files, key);
  if (running === null) return refuse('E_NOT_FOUND', `This kernel has no ${key}.`);
  const start = (await readStartValues(files)).find(key);
  if (running === value && (start === null || start.value === value))
    return holds(`${key} is ${value} already.`);
  return actInside(`Set ${key} to ${value}, now and at each start.`, () => put(wanted, context, running));
}

export const sysctlOnDevice: RuleOnDevice<Wanted> = {
  watched: () => ['/etc/sysctl.conf', '/etc/sysctl.d/'],
  async check({ key, value }, facts) {
    const running = await readRunning(facts.files, key);
    if (running === null) return notApplicable(`this kernel has no ${key}`);
    const start = (await facts.startValues()).find(key);
    const changes = start !== null && start.value !== value;
    const found = changes ? `${running}, and ${start.value} at the next start by ${start.path}` : running;
    return running === value && !changes ? compliant(found) : drifted(found);
  },
  plan: (wanted) => [
    {
      kinds: ['file.put'],
      names: [wanted.key, ownPath(wanted.key)],
      plan: (context) => plan(wanted, context),
    },
  ],
};
