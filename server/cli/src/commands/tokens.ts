// `muster tokens`: makes, lists and revokes enrollment tokens.
import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { collectPages } from '../api/pages.ts';
import { confirm } from '../input/ask.ts';
import { parseSpan } from '../input/moments.ts';
import { parseCount, parseLabel } from '../input/words.ts';
import { beginningOf, countOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeNewToken, drawTokens } from '../views/tokens.ts';
import { refuseStrayWords } from './group.ts';
import { addListOptions, type ListOptions, reading, wantedRows } from './options.ts';

/** What the server takes; said here before anything is sent. */
const MAX_USES = 100_000;
const HOUR_MS = 3_600_000;

interface CreateOptions {
  readonly name?: string;
  readonly uses: number;
  readonly expires: number;
  readonly approveAutomatically?: true;
  readonly label?: Record<string, string>;
}

/** Registers the command and its subcommands. */
export function registerTokens(program: Command, terminal: Terminal): void {
  const tokens = program
    .command('tokens')
    .summary('make, list and revoke enrollment tokens')
    .description('Lists enrollment tokens, newest first. Its subcommands make and revoke them.')
    .allowExcessArguments(true);
  const show = (options: ListOptions, command: Command) => {
    refuseStrayWords(command, 'Its subcommands are create, list and revoke.');
    return withSession(terminal, command, (session) => list(session, options));
  };
  addListOptions(tokens).action(show);
  registerCreate(tokens, terminal);
  addListOptions(
    tokens.command('list').summary('list tokens').description('Lists enrollment tokens, newest first.'),
  ).action(show);
  registerRevoke(tokens, terminal);
}

function registerCreate(tokens: Command, terminal: Terminal): void {
  tokens
    .command('create')
    .summary('make a token and print the command that uses it')
    .description(
      'Makes an enrollment token and prints the one command that enrolls a device with it. It is shown this once.',
    )
    .option('--name <text>', 'name for people (default: who makes it where)')
    .addOption(
      new Option('--uses <count>', 'devices that may enroll with it')
        .default(1)
        .argParser(reading((text) => parseCount(text, { min: 1, max: MAX_USES }))),
    )
    .addOption(
      new Option('--expires <span>', 'how long it lasts, from 1m to 90d')
        .default(HOUR_MS, '1h')
        .argParser(reading(parseSpan)),
    )
    .option('--approve-automatically', 'let devices in without approval')
    .addOption(
      new Option('--label <key=value>', 'label of each device that enrolls; repeat it for several').argParser(
        (text: string, before: Record<string, string> = {}) => {
          const [key, value] = reading(parseLabel)(text);
          return { ...before, [key]: value };
        },
      ),
    )
    .action((options: CreateOptions, command: Command) =>
      withSession(terminal, command, (session) => create(session, options)),
    );
}

async function create(session: Session, options: CreateOptions): Promise<void> {
  const { name, uses, expires, approveAutomatically, label } = options;
  const made = await take(
    session.api.http.POST('/api/v1/enrollment-tokens', {
      body: {
        name: name ?? `made on ${hostname()}`.slice(0, 64),
        uses,
        expiresInMs: expires,
        autoApprove: approveAutomatically === true,
        ...(label && { labels: label }),
      },
    }),
  );
  // Before the command, so that it stands last and alone on the screen.
  session.note(describeNewToken(made.token, session.terminal.now()));
  session.print(made, () => made.command);
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const page = await collectPages(
    (query) => take(session.api.http.GET('/api/v1/enrollment-tokens', { params: { query } })),
    { wanted: wantedRows(options) },
  );
  if (page.items.length === 0) session.note('There are no tokens; muster tokens create makes one.');
  if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawTokens(page.items, session.terminal.now(), canvas));
  if (page.next !== null)
    session.note(`${beginningOf(page.items.length, { word: 'newest', thing: 'token' })}; --all shows all.`);
}

function registerRevoke(tokens: Command, terminal: Terminal): void {
  tokens
    .command('revoke')
    .summary('end a token at once')
    .description('Ends a token at once. Devices that have enrolled with it stay.')
    .argument('<id>', 'id of the token, as muster tokens list shows it')
    .option('--yes', 'do it without asking')
    .action((id: string, options: { readonly yes?: true }, command: Command) =>
      withSession(terminal, command, async (session) => {
        if (options.yes !== true)
          await confirm(
            terminal,
            {
              consequence: `The token ${id} will end at once. This cannot be undone; make a new one instead.`,
              word: 'revoke',
            },
            session.mayAsk,
          );
        const token = await take(
          session.api.http.DELETE('/api/v1/enrollment-tokens/{id}', { params: { path: { id } } }),
        );
        if (session.json) session.print(token, () => '');
        session.note(
          `The token ${token.name} is revoked; ${countOf(token.usesLeft, 'use')} of it ${token.usesLeft === 1 ? 'was' : 'were'} left.`,
        );
      }),
    );
}
