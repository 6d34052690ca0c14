// Renders docs/cli.md from the program itself, so that a test can hold the page against it.
import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';

const head = `# The command line

<!-- Made from the program by its test: MUSTER_WRITE_GOLDEN=1 writes it anew. -->

\`muster\` shows and manages a fleet through the API of a server. Every command explains itself with \`--help\`, which begins
with an example.

- **Sign in** with an API token made on the server's host: \`muster-server token --name me > token\`, then
  \`muster login --url https://… --ca-file ca.pem --token-file token\`. No secret is ever a flag. The sign-in is kept in
  \`$XDG_CONFIG_HOME/muster/profile.json\` (or where \`MUSTER_PROFILE\` says), readable by you only. In scripts
  \`MUSTER_URL\`, \`MUSTER_TOKEN\` and \`MUSTER_CA_FILE\` stand above it.
- **Data on standard output, messages on standard error.** \`--json\` prints the data of the API. A list is
  always \`{ "items": [ … ], "next": … }\`, as one page, whatever the API calls its rows; \`next\` is null at its end. What goes to a pipe is never cut; for a terminal it is fitted into its width; what is
  signed is wrapped there, never cut.
- **Color** repeats what the words say, only on terminals; \`NO_COLOR\` switches it off.
- **Questions** are asked only before what cannot be undone (\`devices retire\`, \`tokens revoke\`) and before anything is signed,
  and only of a person at a terminal; \`--yes\` answers them, \`--no-input\` never asks.
- **Keys** lie in \`$XDG_CONFIG_HOME/muster/keys\` (or where \`MUSTER_KEYS\` says), one file a key, mode 0600, sealed with AES-256-GCM
  under scrypt (N = 2¹⁷, r = 8, p = 1). The passphrase is asked for, or read from the file that \`--passphrase-file\` or
  \`MUSTER_PASSPHRASE_FILE\` names; it is never an argument. Which key signs is found by the trust document; \`--key\` names another.
- **Trust** is verified from its first document on. What was seen of a server is remembered beside the sign-in: an exchanged or
  older chain ends every command that would sign by it.
- **Orders**: what is signed stands on the screen in full, decoded from the bytes themselves, with the exact devices, which are meant by an expression (\`--on\`) or by name (\`--device\`), not both. Up to 25 are
  named with their fingerprints; of more, all ids are read and the root of their hash tree is computed here. \`muster run\`
  follows the job; outputs stand on standard output, with the name of the device before each line where there are several.
  It ends when all have answered, or some seconds after only devices that are not connected are left, also when their runs
  have begun (\`--until-all\` waits for them too). A server that goes away is tried again for 30 s. Of each output the last 64 KiB
  are kept. A dry run (\`--dry-run\`) ends with what each device says it would do. An order that waits for another signature ends
  with code 7, or with 0 after \`--no-wait\`. A halt that holds the order is named before anybody signs, and content that is not
  approved yet ends the order before a passphrase is asked for, with who must approve it.
  With \`--json\` every event is one line, and the job is the last one.
- **A device** is named by its host name (the first label of it is enough), its id, or the beginning of its id. If several fit,
  nothing is done and their ids are listed.
- **Times** are written \`3h\` (ago), \`2026-11-20\`, \`2026-11-20T12:00\` (zone of this computer) or \`2026-11-20T12:00:00Z\`; spans
  \`90s\`, \`30m\`, \`1h\`, \`7d\`, \`2w\`.
- **Expressions** (\`--on\`) name facts; \`muster facts\` lists them, \`muster facts web-01\` shows what a device says for each, as an expression
  writes it. A text stands in quotes: \`os.family == "debian"\`.
- **Errors** are one sentence and a code of [the list](errors.md).
- **Completion** of commands, options, sections, and the names of devices, jobs, halts and content: \`source <(muster completion bash)\`;
  there is a script for bash, zsh, fish and PowerShell. A server that does not answer within a second is left alone.
- **Ctrl-C** ends what is shown, never what was ordered: a job goes on without this terminal, and a script that runs on this machine goes on
  when its quick start ends, which says so.
`;

/** All commands below one, each with its full name. */
export function listCommands(
  command: Command,
  path = '',
): { readonly path: string; readonly command: Command }[] {
  return command.commands.flatMap((part) => {
    const name = `${path} ${part.name()}`.trim();
    return [{ path: name, command: part }, ...listCommands(part, name)];
  });
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function renderOptions(command: Command): string[] {
  const own = command.options.filter(({ long }) => long !== '--json' && long !== '--no-input');
  if (own.length === 0) return [];
  const rows = own.map((option) => {
    const choices = option.argChoices === undefined ? '' : `; one of ${option.argChoices.join(', ')}`;
    const shown = option.defaultValueDescription ?? option.defaultValue;
    const value = shown === undefined ? '' : ` (default: ${shown})`;
    return `| \`${option.flags}\` | ${escapeCell(`${option.description}${choices}${value}`)} |`;
  });
  return ['', '| option | what it does |', '| --- | --- |', ...rows];
}

function renderCommand({ path, command }: { readonly path: string; readonly command: Command }): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const title = ['muster', path, ...words].join(' ');
  const lines = examples[path]?.lines ?? [];
  return [
    `### \`${title}\``,
    '',
    command.description(),
    '',
    '```sh',
    ...lines,
    '```',
    ...renderOptions(command),
    '',
  ].join('\n');
}

/** The page. */
export function renderPage(program: Command): string {
  return [
    head,
    '## Exit codes',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...exitCodes.map(({ code, meaning }) => `| ${code} | ${meaning} |`),
    '',
    '## Commands',
    '',
    'Each also takes `--json`, `--no-input` and `--help`.',
    '',
    ...listCommands(program).map(renderCommand),
  ].join('\n');
}
