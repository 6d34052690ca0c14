// `muster completion <shell>`: the script that completes commands, options and device names.
import { Argument, type Command } from 'commander';
import type { Terminal } from '../terminal.ts';

/** Shells there is a script for. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** Device names offered after a command. */
const MAX_NAMES = 200;
/** Somebody waits with the key pressed: better no names than late ones, ms. */
const NAMES_TIMEOUT_MS = 1_500;

/**
 * Names that may be offered. The script of bash hands its list to `compgen -W`, which runs what looks like a command
 * substitution: a device called `$(…)` would be a program.
 */
const offeredName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** What the script of bash needs of the package bash-completion, for shells that do not have it. */
const bashWords = `# Words as bash splits them, where the package bash-completion is not there.
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
}
`;

/** Commands whose first word is a device. */
const takesDevice = [
  'device',
  'label',
  'inventory',
  'timeline',
  'diff',
  'metrics',
  'devices approve',
  'devices release',
  'devices retire',
] as const;

/** Registers the command. */
export function registerCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description('Prints a script that completes commands, options, sections and device names.')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const { script } = await import('@bomb.sh/tab');
      if (shell === 'bash') terminal.stdout.write(bashWords);
      script(shell, program.name(), program.name());
    });
}

/** Answers the script: `muster complete -- <words>`. Without a server there are simply no names. */
export async function completeWords(
  program: Command,
  words: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const [{ default: tab }, { sections }] = await Promise.all([
    import('@bomb.sh/tab/commander'),
    import('@muster/protocol'),
  ]);
  shorten(program);
  const tree = tab(program);
  const names = takesDevice.some((path) => words.join(' ').startsWith(`${path} `))
    ? await readNames(terminal)
    : [];
  for (const path of takesDevice) {
    const argument = [...(tree.commands.get(path)?.arguments.values() ?? [])][0];
    if (argument === undefined) continue;
    argument.handler = (complete) => {
      for (const name of names) complete(name, 'device');
    };
  }
  const section = tree.commands.get('inventory')?.arguments.get('section');
  if (section !== undefined)
    section.handler = (complete) => {
      for (const { name, title } of sections) complete(name, title);
    };
  tree.parse([...words]);
}

/** Beside a word there is room for a few others only. */
function shorten(command: Command): void {
  if (command.summary() !== '') command.description(command.summary());
  for (const part of command.commands) shorten(part);
}

/** Host names of this sign-in; none when that takes too long or fails, for a completion has nowhere to complain. */
async function readNames({ env }: Terminal): Promise<string[]> {
  const { openApi } = await import('../session.ts');
  const { take } = await import('../api/client.ts');
  try {
    const { api } = await openApi(env);
    const late = AbortSignal.timeout(NAMES_TIMEOUT_MS);
    const query = { limit: MAX_NAMES, fields: 'hostname,state' };
    const page = await take(api.http.GET('/api/v1/devices', { params: { query }, signal: late }));
    await api.close();
    return page.items
      .filter(({ state, hostname }) => state !== 'retired' && offeredName.test(hostname))
      .map(({ hostname }) => hostname);
  } catch {
    return [];
  }
}
