// The effective settings of the SSH server, as its own test mode tells them.
import { ruleKinds } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import type { KindContext } from '../../kinds/kind.ts';
import { filesOf, findProgram, look, quoteOutput } from '../../kinds/programs/find.ts';

const PROGRAM = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'] as const;
/** The file that sshd reads by itself. */
export const CONFIG = '/etc/ssh/sshd_config';
const KEYS = ['ed25519', 'ecdsa', 'rsa'].map((type) => `/etc/ssh/ssh_host_${type}_key`);

/** Settings. */
export interface SshdSettings {
  /** In the one spelling that rules have; several lines about one option are one text. Null: sshd does not tell it. */
  find(option: string): string | null;
}

/** The one spelling that rules have of a value. */
function spellValue(option: string, value: string): string {
  const wanted = ruleKinds.ssh.normalize({ option, value });
  const isSpelled = typeof wanted === 'object' && wanted !== null && 'value' in wanted;
  return isSpelled ? String(wanted.value) : value;
}

/** Parses what `sshd -T` prints: `permitrootlogin no`, an option a line, some more than once. Pure. */
export function parseSshdSettings(output: string): SshdSettings {
  const values = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const [, option, value = ''] = /^([a-z0-9]+)(?: (.*))?$/.exec(line) ?? [];
    if (option === undefined) continue;
    const list = values.get(option);
    if (list === undefined) values.set(option, [value]);
    else list.push(value);
  }
  return {
    find(option) {
      const list = values.get(option.toLowerCase());
      if (list === undefined) return null;
      return spellValue(option, list.join(' '));
    },
  };
}

/** Below another root sshd is told its files; it reads nothing there by itself. */
async function fileArgs(context: KindContext, file: string): Promise<string[]> {
  const args = ['-f', context.root + file];
  if (context.root === '') return args;
  for (const key of KEYS)
    if ((await filesOf(context).stat(key)) !== null) args.push('-h', context.root + key);
  return args;
}

/** Asks sshd, where said about another file than its own. Null: there is none. @throws MusterError E_UNSUPPORTED where it does not answer, as for a wrong line of its file */
export async function readSshdSettings(context: KindContext, file = CONFIG): Promise<SshdSettings | null> {
  const path = await findProgram(context, PROGRAM);
  if (path === null) return null;
  const isOwnWay = context.root === '' && file === CONFIG;
  const args = isOwnWay ? ['-T'] : ['-T', ...(await fileArgs(context, file))];
  const { exit, output } = await context.read(look(path, args));
  if (exit !== 0)
    throw fail('E_UNSUPPORTED', { detail: `sshd does not tell its settings: ${quoteOutput(output)}` });
  return parseSshdSettings(output);
}
