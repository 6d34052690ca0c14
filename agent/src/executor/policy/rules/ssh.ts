// Rule `ssh` on the device: as sshd tells its settings; repaired by a file of our own that sshd must take, or it goes again.
import type { WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import { removeEntry, writeEntry } from '../../../platform/linux/changing.ts';
import { judgeFetchPath } from '../../kinds/files/paths.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { actBy, filesOf, findProgram, holds, refuse } from '../../kinds/programs/find.ts';
import { findServiceManager, unitName } from '../../kinds/services/course.ts';
import { CHANGE_MS } from '../../kinds/services/manager.ts';
import { systemctlPaths } from '../../kinds/services/systemd.ts';
import { CONFIG, readSshdSettings } from '../facts/sshd.ts';
import { compliant, drifted, notApplicable, OWN_HEADER, type RuleOnDevice } from '../rule.ts';
import { actInside, describeChanged } from './inside.ts';

type Wanted = WantedOf<'ssh'>;

/** No line includes it: those of a folder take names that end in .conf, or at least do not begin with a dot. */
const DRAFT = '/etc/ssh/sshd_config.d/.muster-draft';
const INCLUDED = /^\s*Include\s.*\/sshd_config\.d\/\*/im;
/**
 * Options that run programs, name a file that sshd as root writes or believes, or say whose keys count: no line of a policy decides
 * that. Switching them off is fine.
 */
const AUTHORITY =
  /^(?:AuthorizedKeys.*|AuthorizedPrincipals.*|TrustedUserCAKeys|ForceCommand|Subsystem|SecurityKeyProvider|XAuthLocation|SshdAuthPath|SshdSessionPath|HostKey|HostKeyAgent|HostCertificate|PidFile|ModuliFile)$/i;

/** sshd takes the first value that it reads, so it is the first file of the folder. */
function ownPath(option: string): string {
  return `/etc/ssh/sshd_config.d/00-muster-${option.toLowerCase()}.conf`;
}

function describeOther(option: string, told: string | null): string {
  return `sshd would go on with ${told ?? 'nothing'} for ${option}; another line decides it.`;
}

/** Puts back what was there. */
async function restore(root: string, path: string, before: string | null): Promise<void> {
  if (before === null) await removeEntry(root, path);
  else await writeEntry(root, path, before);
}

/** What sshd would tell of the option with this line first. @throws MusterError E_UNSUPPORTED where it does not take the line */
async function tryLine({ option, value }: Wanted, context: KindContext): Promise<string | null> {
  const text = `${option} ${value}\nInclude ${context.root}${CONFIG}\n`;
  const failure = describeChanged(await writeEntry(context.root, DRAFT, text));
  if (failure !== null) throw fail('E_PATH', { detail: `${DRAFT}: ${failure}` });
  try {
    return (await readSshdSettings(context, DRAFT))?.find(option) ?? null;
  } finally {
    await removeEntry(context.root, DRAFT);
  }
}

/** Writes the file and asks sshd; where another line decides, it goes again. */
async function placeLine({ option, value }: Wanted, context: KindContext): Promise<string | null> {
  const path = ownPath(option);
  const before = await filesOf(context).readText(path);
  const failure = describeChanged(await writeEntry(context.root, path, `${OWN_HEADER}${option} ${value}\n`));
  if (failure !== null) return failure;
  let told: string | null = null;
  try {
    told = (await readSshdSettings(context))?.find(option) ?? null;
  } finally {
    if (told !== value) await restore(context.root, path, before);
  }
  return told === value ? null : describeOther(option, told);
}

/**
 * First a draft that no start of sshd reads: whenever this process or the power goes, no file is left which sshd would refuse. Only
 * what it takes is put, where other lines may still come before it.
 */
async function put(wanted: Wanted, context: KindContext): Promise<string | null> {
  const told = await tryLine(wanted, context);
  return told === wanted.value ? placeLine(wanted, context) : describeOther(wanted.option, told);
}

/** Why such a line is not written; null when it may be. */
function judgeLine({ option, value }: Wanted, { ownFolders = [] }: KindContext): string | null {
  if (value === 'none') return null;
  if (AUTHORITY.test(option))
    return `${option} runs programs, names files that sshd writes or believes, or says whose keys count.`;
  // Whoever knocks is shown that file.
  const objection = /^Banner$/i.test(option) ? judgeFetchPath(value, ownFolders) : null;
  return objection === null ? null : `${value} is shown to nobody: ${objection}`;
}

async function planFile(wanted: Wanted, context: KindContext): Promise<Check> {
  const { option, value } = wanted;
  const bar = judgeLine(wanted, context);
  if (bar !== null) return refuse('E_PROTECTED', bar);
  const settings = await readSshdSettings(context);
  if (settings === null) return refuse('E_UNSUPPORTED', 'There is no SSH server here.');
  if (settings.find(option) === value) return holds(`${option} is ${value} already.`);
  const text = (await filesOf(context).readText(CONFIG)) ?? '';
  if (!INCLUDED.test(text))
    return refuse(
      'E_UNSUPPORTED',
      `${CONFIG} includes no files of sshd_config.d; add the line, or change it by hand.`,
    );
  return actInside(`Set ${option} to ${value}.`, () => put(wanted, context));
}

/** Sessions stay; new ones have the new settings. One that is started by its socket reads them anyway. */
async function planReload(context: KindContext): Promise<Check> {
  const manager = await findServiceManager(context);
  if (manager === null || (manager.name === 'systemd' && context.root !== ''))
    return holds('No SSH server runs here.');
  for (const name of ['ssh.service', 'sshd.service']) {
    const unit = unitName(name, manager);
    if ((await manager.readState(context, unit))?.active !== true) continue;
    const isSystemd = manager.name === 'systemd';
    const path = isSystemd
      ? await findProgram(context, systemctlPaths)
      : `${context.root}/etc/init.d/${unit}`;
    if (path === null) break;
    const args = isSystemd ? ['--no-ask-password', '--no-pager', 'reload', '--', unit] : ['reload'];
    return actBy({ path, args, timeoutMs: CHANGE_MS }, `Let ${unit} read its settings.`);
  }
  return holds('No SSH server runs here.');
}

export const sshOnDevice: RuleOnDevice<Wanted> = {
  watched: () => [CONFIG, '/etc/ssh/sshd_config.d/'],
  // sshd -T reads files; what the one that runs has read, it does not tell.
  hasUnseenStep: true,
  async check({ option, value }, facts) {
    const settings = await facts.sshd();
    if (settings === null) return notApplicable('no SSH server');
    const found = settings.find(option);
    return found === value ? compliant(found) : drifted(found ?? 'not set');
  },
  plan(wanted) {
    const names = [wanted.option, 'sshd', 'ssh', ownPath(wanted.option)];
    return [
      { kinds: ['file.put'], names, plan: (context) => planFile(wanted, context) },
      { kinds: ['service.restart'], names: ['ssh', 'sshd'], plan: planReload },
    ];
  },
};
