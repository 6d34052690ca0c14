// `muster policy rollout`: how the set in force goes out in waves, and holding it or letting it go on.
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import type { Rollout, WavesOrder } from '../api/types.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { parseSpan } from '../input/moments.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeRollout } from '../views/rollout.ts';
import { refuseStrayWords } from './group.ts';
import { reading } from './options.ts';

/** What is ordered where nothing else is said. */
const USUAL_SHARES = '1,10,50,100';
const USUAL_SOAK = '15m';
const USUAL_TOLERANCE = 5;
const MIN_SOAK_MS = 60_000;
const MAX_SOAK_MS = 30 * 86_400_000;

/** How a set goes out, as it was typed. */
export interface WavesOptions {
  /** True: `--waves` without shares. */
  readonly waves?: readonly number[] | true;
  readonly soak?: number;
  readonly tolerance?: number;
  readonly first?: string;
}

/** Adds the options of waves to `apply`. */
export function addWavesOptions(command: Command): Command {
  return command
    .option(
      '--waves [percent]',
      `to a few devices first: shares of the fleet, each told when the one before fares well (without: ${USUAL_SHARES})`,
      reading(parseShares),
    )
    .addOption(
      new Option('--soak <span>', `how long each wave is watched (default: ${USUAL_SOAK})`).argParser(
        reading(parseSoak),
      ),
    )
    .addOption(
      new Option(
        '--tolerance <percent>',
        `it holds when by so much more of the devices told are in trouble than of the others (default: ${USUAL_TOLERANCE})`,
      ).argParser(reading(parsePercent)),
    )
    .option('--first <expression>', 'these devices go first, before any share');
}

/** @throws MusterError E_USAGE */
function parsePercent(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,2})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw fail('E_USAGE', { detail: `"${text}" is no share: percent from 0 to 100, as 10 or 0.5.` });
}

/** @throws MusterError E_USAGE */
function parseSoak(text: string): number {
  const ms = parseSpan(text);
  if (ms >= MIN_SOAK_MS && ms <= MAX_SOAK_MS) return ms;
  throw fail('E_USAGE', { detail: 'A wave is watched for a minute at least, and 30 days at most.' });
}

/** @throws MusterError E_USAGE */
function parseShares(text: string): readonly number[] {
  const shares = text.split(',').map(parsePercent);
  if (shares.some((one, at) => at > 0 && one <= (shares[at - 1] ?? 0)))
    throw fail('E_USAGE', { detail: 'The shares of waves must go up, as in 1,10,100.' });
  // What is meant is plain where the end is left out.
  return shares.at(-1) === 100 ? shares : [...shares, 100];
}

/** The order as the server takes it; undefined: none was given. @throws MusterError E_USAGE, E_EXPRESSION */
export async function readWaves(typed: WavesOptions): Promise<WavesOrder | undefined> {
  const { waves, soak, tolerance, first } = typed;
  if (waves === undefined) {
    if (soak !== undefined || tolerance !== undefined || first !== undefined)
      throw fail('E_USAGE', { detail: '--soak, --tolerance and --first say more of --waves; give it too.' });
    return undefined;
  }
  if (first !== undefined) {
    // What is wrong with it is said before anything is planned and signed.
    const { compileExpression } = await import('@muster/protocol/language');
    compileExpression(first, { for: 'server' });
  }
  return {
    shares: [...(waves === true ? parseShares(USUAL_SHARES) : waves)],
    soakSeconds: Math.round((soak ?? parseSpan(USUAL_SOAK)) / 1_000),
    tolerance: tolerance ?? USUAL_TOLERANCE,
    ...(first === undefined ? {} : { first }),
  };
}

/** Registers the command and its subcommands. */
export function registerRollout(policy: Command, terminal: Terminal): void {
  const rollout = policy
    .command('rollout')
    .summary('see how the set in force goes out in waves')
    .description(
      'Shows how far the set in force has gone out that was applied with --waves, how the devices fare that are told it, and what the next wave waits for. Its subcommands hold it, or let it go on.',
    )
    .allowExcessArguments(true)
    .action((_options: unknown, command: Command) => {
      refuseStrayWords(command, 'muster policy rollout shows the waves');
      return withSession(terminal, command, show);
    });
  const step = (
    name: Step,
    words: { readonly summary: string; readonly description: string; readonly consequence?: string },
  ) => {
    const made = rollout.command(name).summary(words.summary).description(words.description);
    const { consequence } = words;
    if (consequence !== undefined) made.option('-y, --yes', 'do not ask');
    made.action((options: { readonly yes?: true }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const present = await read(session);
        if (present === null) throw fail('E_NO_MATCH', { detail: NONE });
        if (consequence !== undefined && options.yes !== true)
          await confirm(session.terminal, { consequence, word: name }, session.mayAsk);
        const body = { digest: present.digest, step: name };
        print(session, await take(session.api.http.POST('/api/v1/policies/rollout', { body })));
      }),
    );
  };
  step('hold', {
    summary: 'stay at this wave',
    description:
      'Lets no further device be told the set, until somebody lets it go on. Who was told it keeps it.',
  });
  step('resume', {
    summary: 'let a held rollout go on',
    description:
      'Lets a rollout that holds go on. The trouble that is known by now does not count any more; trouble from here on holds it again.',
  });
  step('next', {
    summary: 'tell the next wave now',
    description: 'Tells the next wave now, whatever it waits for.',
    consequence: 'The next share of the fleet is told the set now, and enforces what it says.',
  });
  step('finish', {
    summary: 'tell all devices now',
    description: 'Tells all devices now, whatever is known of those that were told before.',
    consequence: 'All devices are told the set now, and enforce what it says.',
  });
}

type Step = 'hold' | 'resume' | 'next' | 'finish';

const NONE = 'The set in force does not go out in waves: all devices are told it.';

async function read({ api }: Session): Promise<Rollout | null> {
  return (await take(api.http.GET('/api/v1/policies/rollout', {}))).rollout;
}

async function show(session: Session): Promise<void> {
  const rollout = await read(session);
  if (rollout !== null) return print(session, rollout);
  session.print({ rollout: null }, () => '');
  session.note(NONE);
}

function print(session: Session, rollout: Rollout): void {
  session.print({ rollout }, () => describeRollout(rollout, session.terminal.now()).join('\n'));
}
