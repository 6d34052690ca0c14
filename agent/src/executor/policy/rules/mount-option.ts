// Rule `mount-option` on the device: as it is mounted now, and as /etc/fstab would mount it; repaired in the file first, then by a remount.
import type { WantedOf } from '@muster/protocol/policy';
import { rewriteEntry } from '../../../platform/linux/changing.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { actBy, filesOf, findProgram, holds, refuse } from '../../kinds/programs/find.ts';
import { FSTAB, findFstabOptions, type MountFacts, readMountFacts, setsOption } from '../facts/mounts.ts';
import { compliant, drifted, notApplicable, type RuleOnDevice } from '../rule.ts';
import { actInside, describeChanged } from './inside.ts';

type Wanted = WantedOf<'mount-option'>;

const MOUNT = ['/usr/bin/mount', '/bin/mount'] as const;
/** Longest a remount may take, ms: one of a network's file system asks its server. */
const REMOUNT_MS = 120_000;
/** Largest fstab, bytes. */
const MAX_FSTAB_BYTES = 256 * 1024;
/** Mounted by the start of the system itself, without a line. */
const SHM = '/dev/shm';
/** Where the system's programs lie, and what people put there. */
const PROGRAMS = ['/bin', '/sbin', '/lib', '/lib64', '/usr', '/opt'];
/** Where programs lie that take no rights: those of packages while they are set up, and the agent's. */
const HELPERS = ['/var/lib/dpkg', '/var/lib/muster'];

/** What is not set: now, and by fstab. */
function listMissing({ path, options }: Wanted, mounts: MountFacts) {
  const wanted = options.split(' ');
  const running = mounts.findRunning(path);
  return {
    now: running === null ? [] : wanted.filter((one) => !running.options.includes(one)),
    start: wanted.filter((one) => mounts.listAtStart(path).some((line) => !setsOption(line, one))),
    running,
    isInFile: mounts.listAtStart(path).length > 0,
  };
}

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** Why the device could not go on with these options there; null when it may have them. */
function judgePlace({ path, options }: Wanted, ownFolders: readonly string[]): string | null {
  if (path === '/' || path === '/dev') return 'The system itself stands there.';
  const holds = (folders: readonly string[]) =>
    folders.some((folder) => isBelow(folder, path) || isBelow(path, folder));
  const isBarred =
    (options.includes('nosuid') && holds(PROGRAMS)) ||
    (options.includes('noexec') && holds([...PROGRAMS, ...HELPERS, ...ownFolders]));
  return isBarred ? 'Programs of the system or of the agent lie there.' : null;
}

/** A line with these options set, and everything else as it is. */
function setOptions(line: string, { path, options }: Wanted): string {
  const found = findFstabOptions(line, path);
  if (found === null) return line;
  const wanted = options.split(' ');
  const opposites = wanted.map((one) => one.slice('no'.length));
  const list = found.text.split(',').filter((one) => !opposites.includes(one));
  const text = [...list, ...wanted.filter((one) => !setsOption(list, one))].join(',');
  return line.slice(0, found.at) + text + line.slice(found.at + found.text.length);
}

/** Every line about the place, or one more where the system mounts it without. Pure. */
export function editFstab(text: string, wanted: Wanted): string {
  const lines = text.split('\n');
  if (lines.some((line) => findFstabOptions(line, wanted.path) !== null))
    return lines.map((line) => setOptions(line, wanted)).join('\n');
  const options = wanted.options.replaceAll(' ', ',');
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${end}tmpfs ${wanted.path} tmpfs defaults,${options} 0 0\n`;
}

async function planFile(wanted: Wanted, context: KindContext): Promise<Check> {
  const { path } = wanted;
  const bar = judgePlace(wanted, context.ownFolders ?? []);
  if (bar !== null) return refuse('E_PROTECTED', `${path} stays as it is: ${bar}`);
  const mounts = await readMountFacts(filesOf(context), context.root === '');
  const { start, running, isInFile } = listMissing(wanted, mounts);
  if (mounts.listAtStart(path).some((options) => options.some((one) => /^r?bind$/.test(one))))
    return refuse(
      'E_UNSUPPORTED',
      `${path} is another name of a folder; set the options where that is mounted.`,
    );
  if (!isInFile && !(path === SHM && running?.type === 'tmpfs'))
    return refuse(
      'E_UNSUPPORTED',
      `${FSTAB} has no line about ${path}; set the options where it is mounted from.`,
    );
  if (isInFile && start.length === 0) return holds(`${FSTAB} has them.`);
  const rewrite = (text: string) => editFstab(text, wanted);
  return actInside(`Set ${wanted.options.replaceAll(' ', ', ')} of ${path} in ${FSTAB}.`, async () =>
    describeChanged(await rewriteEntry(context.root, FSTAB, { maxBytes: MAX_FSTAB_BYTES, rewrite })),
  );
}

async function planRemount(wanted: Wanted, context: KindContext): Promise<Check> {
  const { path, options } = wanted;
  const { now } = listMissing(wanted, await readMountFacts(filesOf(context), context.root === ''));
  if (now.length === 0) return holds(`Nothing is mounted on ${path} without them.`);
  const mount = await findProgram(context, MOUNT);
  if (mount === null) return refuse('E_UNSUPPORTED', 'There is no mount here.');
  const args = ['-o', `remount,${options.replaceAll(' ', ',')}`, '--', path];
  return actBy({ path: mount, args, timeoutMs: REMOUNT_MS }, `Mount ${path} anew with its options.`);
}

export const mountOptionOnDevice: RuleOnDevice<Wanted> = {
  watched: () => [FSTAB],
  async check(wanted, facts) {
    const { now, start, running, isInFile } = listMissing(wanted, await facts.mounts());
    if (running === null && !isInFile) return notApplicable('nothing is mounted there on its own');
    if (now.length + start.length === 0) return compliant('set');
    const where = [
      ...(now.length === 0 ? [] : [`${now.join(', ')} not set now`]),
      ...(start.length === 0 ? [] : [`${start.join(', ')} not set in ${FSTAB}`]),
    ];
    return drifted(where.join('; '));
  },
  plan: (wanted) => [
    { kinds: ['file.put'], names: [FSTAB, wanted.path], plan: (context) => planFile(wanted, context) },
    { kinds: [], names: [wanted.path], plan: (context) => planRemount(wanted, context) },
  ],
};
