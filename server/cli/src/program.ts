// The command line as a whole: every command, one line each, and how help and usage errors look.
import { Command } from 'commander';
import { registerAlerts } from './commands/alerts.ts';
import { registerApprove } from './commands/approve.ts';
import { registerAudit } from './commands/audit.ts';
import { registerDiff, registerTimeline } from './commands/changes.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerCompliance } from './commands/compliance.ts';
import { registerContent } from './commands/content.ts';
import { registerDevice, registerLabel } from './commands/device.ts';
import { registerDevices } from './commands/devices.ts';
import { registerFacts } from './commands/facts.ts';
import { registerFind } from './commands/find.ts';
import { registerHalts } from './commands/halts.ts';
import { registerInit } from './commands/init.ts';
import { registerInventory } from './commands/inventory.ts';
import { registerJobs } from './commands/jobs.ts';
import { registerKeys } from './commands/keys.ts';
import { registerKinds } from './commands/kinds.ts';
import { registerMetrics } from './commands/metrics.ts';
import { registerPersons } from './commands/persons.ts';
import { registerPolicy } from './commands/policy.ts';
import { registerApply, registerExport, registerPlan } from './commands/policy-plan.ts';
import { registerQuickstart } from './commands/quickstart.ts';
import { registerRoles } from './commands/roles.ts';
import { registerRun } from './commands/run.ts';
import { registerSetupLink } from './commands/setup-link.ts';
import { registerLogin, registerLogout, registerWhoami } from './commands/sign-in.ts';
import { registerTokens } from './commands/tokens.ts';
import { registerTop } from './commands/top.ts';
import { registerTrust } from './commands/trust.ts';
import { registerWhoHas } from './commands/who-has.ts';
import { examples } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { formatUsageError } from './failure.ts';
import { addSharedFlags } from './session.ts';
import { canvasOf, type Terminal } from './terminal.ts';

/** Version of the product, as `muster --version` says it. */
const VERSION = '0.1.0';
/** Widest help; longer lines are hard to read. */
const MAX_HELP_WIDTH = 100;

/** Commands without data, so that --json would mean nothing. */
const withoutData = new Set(['quickstart', 'completion', 'help']);

/** Makes the command line for a terminal; nothing happens before it parses. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('muster');
  configure(program, terminal);
  program.commandsGroup('Begin:');
  registerQuickstart(program);
  registerLogin(program, terminal);
  registerLogout(program, terminal);
  registerWhoami(program, terminal);
  registerTokens(program, terminal);
  registerInit(program, terminal);
  registerSetupLink(program, terminal);
  program.commandsGroup('Who may do what:');
  registerKeys(program, terminal);
  registerPersons(program, terminal);
  registerRoles(program, terminal);
  registerTrust(program, terminal);
  registerAudit(program, terminal);
  program.commandsGroup('Look:');
  registerDevices(program, terminal);
  registerFind(program, terminal);
  registerDevice(program, terminal);
  registerTop(program, terminal);
  registerAlerts(program, terminal);
  registerMetrics(program, terminal);
  registerInventory(program, terminal);
  registerTimeline(program, terminal);
  registerDiff(program, terminal);
  registerWhoHas(program, terminal);
  program.commandsGroup('Order:');
  registerRun(program, terminal);
  registerKinds(program, terminal);
  registerFacts(program, terminal);
  registerApprove(program, terminal);
  registerJobs(program, terminal);
  registerContent(program, terminal);
  registerHalts(program, terminal);
  program.commandsGroup('Want:');
  registerPolicy(program, terminal);
  registerPlan(program, terminal);
  registerApply(program, terminal);
  registerExport(program, terminal);
  registerCompliance(program, terminal);
  program.commandsGroup('Change:');
  registerLabel(program, terminal);
  program.commandsGroup('More:');
  registerCompletion(program, terminal);
  program.helpCommand('help [command]', 'show the help of a command');
  finish(program, { path: 'muster', name: '' });
  return program;
}

/** What all commands inherit, so it comes before them. */
function configure(program: Command, terminal: Terminal): void {
  const width = () =>
    Math.min(canvasOf(terminal.stdout, terminal.env).width ?? MAX_HELP_WIDTH, MAX_HELP_WIDTH);
  program
    .description('Muster manages fleets of computers.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (command) => [command.name(), ...listArguments(command)].join(' ') })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => canvasOf(terminal.stdout, terminal.env).color,
      getErrHasColors: () => canvasOf(terminal.stderr, terminal.env).color,
    });
}

function listArguments(command: Command): string[] {
  return command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
}

/** Gives every command its example, the shared flags, and usage errors that name it. */
function finish(command: Command, { path, name }: { readonly path: string; readonly name: string }): void {
  const example = examples[name];
  if (example !== undefined) {
    const lines = example.lines.map((line) => `  ${line}\n`).join('');
    command.addHelpText('before', `${example.wish}:\n\n${lines}`);
  }
  if (!withoutData.has(name)) addSharedFlags(command);
  command.configureOutput({
    outputError: (text, write) => {
      write(formatUsageError(text, path));
    },
  });
  if (name === '') command.addHelpText('after', `\n${formatExitCodes()}`);
  for (const part of command.commands)
    finish(part, { path: `${path} ${part.name()}`, name: `${name} ${part.name()}`.trim() });
}

/** The exit codes, as the help lists them. */
function formatExitCodes(): string {
  return ['Exit codes:', ...exitCodes.map(({ code, meaning }) => `  ${code}  ${meaning}`)].join('\n');
}
