// `muster completion <shell>`: the script that completes commands, options and names.
import { Argument, type Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import type { Source } from './completion-names.ts';

/** Shells there is a script for. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** What the script of bash needs of the package bash-completion, for shells that do not have it. */
const bashWords = `# Words as bash splits them, where the package bash-completion is not there.
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
}
`;

/** What the first word of a command is. */
const firstWords: Readonly<Record<string, Source>> = {
  device: 'devices',
  facts: 'devices',
  label: 'devices',
  inventory: 'devices',
  timeline: 'devices',
  diff: 'devices',
  metrics: 'devices',
  'devices approve': 'devices',
  'devices release': 'devices',
  'devices retire': 'devices',
  'policy why': 'devices',
  job: 'jobs',
  cancel: 'open jobs',
  continue: 'open jobs',
  approve: 'unsigned',
  lift: 'halts',
  'content show': 'content',
  'content approve': 'content',
};

/** What the value of an option is. */
const optionValues: Readonly<Record<string, Source>> = {
  'run --device': 'devices',
  'policy resolve --device': 'devices',
  'diff --with': 'devices',
  'alerts --device': 'devices',
  'job --output': 'devices',
  'job --fetched': 'devices',
  'halt --job': 'open jobs',
};

/** Registers the command. */
export function registerCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description(
      'Prints a script that completes commands, options, sections, and names of devices, jobs, halts and content.',
    )
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
  const place = findPlace(words);
  if (place !== null) {
    // Loaded only here: most completions need no server.
    const { readOffers } = await import('./completion-names.ts');
    const offers = await readOffers(terminal, place.source);
    const { path, option } = place;
    const part = tree.commands.get(path);
    const taker = option === null ? [...(part?.arguments.values() ?? [])][0] : part?.options.get(option);
    if (taker !== undefined)
      taker.handler = (complete) => {
        for (const { name, about } of offers) complete(name, about);
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

/** Where in the line names of the server belong; null: nowhere. */
function findPlace(
  words: readonly string[],
): { readonly path: string; readonly option: string | null; readonly source: Source } | null {
  const line = words.join(' ');
  const before = words.at(-2) ?? '';
  if (before.startsWith('--'))
    for (const [key, source] of Object.entries(optionValues)) {
      const [path = '', option = ''] = key.split(' --');
      if (line.startsWith(`${path} `) && before === `--${option}`) return { path, option, source };
    }
  // The name of an option: those are all known here.
  if (words.at(-1)?.startsWith('-')) return null;
  const path = Object.keys(firstWords).find((one) => line.startsWith(`${one} `));
  const source = path === undefined ? undefined : firstWords[path];
  return path === undefined || source === undefined ? null : { path, option: null, source };
}
