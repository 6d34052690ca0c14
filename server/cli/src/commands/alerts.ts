// `muster alerts`: what is wrong now, or was, and who looks after it.
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { collectPages, pageOf } from '../api/pages.ts';
import type { Acknowledgment, Alert } from '../api/types.ts';
import { fail } from '../errors.ts';
import { parseCount } from '../input/words.ts';
import { beginningOf, countOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeSilence, drawAlertRules } from '../views/alert-rules.ts';
import { drawAlerts } from '../views/alerts.ts';
import { refuseStrayWords } from './group.ts';
import { reading, USUAL_ROWS } from './options.ts';

interface AlertsOptions {
  readonly all?: true;
  readonly unacknowledged?: true;
  readonly device?: string;
  readonly limit?: number;
}

/** Registers the command and its subcommands. */
export function registerAlerts(program: Command, terminal: Terminal): void {
  const alerts = program
    .command('alerts')
    .summary('list open alerts, or say that you have one')
    .description(
      'Lists open alerts, newest first. A device decides about its thresholds itself. Its subcommands say who looks after an alert.',
    )
    .option('--all', 'also those that have cleared')
    .option('--unacknowledged', 'only those that nobody has')
    .option('--device <device>', 'only of this device')
    .option(
      '--limit <rows>',
      `at most so many rows (default: ${USUAL_ROWS})`,
      reading((text) => parseCount(text, { min: 1, max: 100_000 })),
    )
    .allowExcessArguments(true)
    .action((options: AlertsOptions, command: Command) => {
      refuseStrayWords(command, 'muster alerts lists alerts with their numbers');
      return withSession(terminal, command, (session) => list(session, options));
    });
  registerAcknowledge(alerts, terminal);
  registerGiveBack(alerts, terminal);
  registerRules(alerts, terminal);
}

async function list(session: Session, options: AlertsOptions): Promise<void> {
  const { all, unacknowledged, device, limit = USUAL_ROWS } = options;
  if (device === '') throw fail('E_USAGE', { detail: 'Say which device, by host name or id.' });
  const found = device === undefined ? undefined : await findDevice(session.api, device);
  const filter = {
    ...(all ? {} : { state: 'open' as const }),
    ...(unacknowledged && { acknowledged: false }),
    ...(found && { device: found.id }),
  };
  const page = await collectPages(
    (request) =>
      take(session.api.http.GET('/api/v1/alerts', { params: { query: { ...filter, ...request } } })),
    { wanted: limit },
  );
  const nowMs = session.terminal.now();
  if (page.items.length === 0) session.note(explainNone(options));
  if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawAlerts(page.items, { nowMs, withDevice: true }, canvas));
  if (page.next !== null)
    session.note(
      `${beginningOf(page.items.length, { word: 'first', thing: 'alert' })}; a higher --limit shows more.`,
    );
}

function explainNone({ all, unacknowledged }: AlertsOptions): string {
  if (unacknowledged) return all ? 'There is no alert that nobody has.' : 'No alert is open that nobody has.';
  return all ? 'There are no alerts.' : 'No alert is open.';
}

const readNumber = (text: string) => parseCount(text, { min: 1, max: Number.MAX_SAFE_INTEGER });
/** Several numbers, each as it is typed. */
const readNumbers = reading((text: string) => readNumber(text));

function registerAcknowledge(alerts: Command, terminal: Terminal): void {
  alerts
    .command('acknowledge')
    .summary('say that you look after alerts')
    .description(
      'Says that you have these alerts. They stay open; what was not told of them yet is not told, until they are over or given back.',
    )
    .argument('<alerts...>', 'numbers of alerts, as muster alerts lists them', collect)
    .option('--comment <text>', 'a word to it, which all see who see the alert')
    .action((ids: readonly number[], { comment }: { comment?: string }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const body = { alerts: [...new Set(ids)], comment: comment ?? '' };
        const answer = await take(session.api.http.POST('/api/v1/alerts/acknowledge', { body }));
        conclude(session, answer, 'You have');
      }),
    );
}

function registerGiveBack(alerts: Command, terminal: Terminal): void {
  alerts
    .command('give-back')
    .summary('say that nobody looks after alerts')
    .description(
      'Says that nobody has these alerts any more, whoever had them. What was not told of them is told now.',
    )
    .argument('<alerts...>', 'numbers of alerts, as muster alerts lists them', collect)
    .action((ids: readonly number[], _options: object, command: Command) =>
      withSession(terminal, command, async (session) => {
        const body = { alerts: [...new Set(ids)].map((id) => ({ id })) };
        const answer = await take(session.api.http.POST('/api/v1/alerts/give-back', { body }));
        conclude(session, answer, 'Nobody has');
      }),
    );
}

function registerRules(alerts: Command, terminal: Terminal): void {
  alerts
    .command('rules')
    .summary('list which alerts are told, and which rules tell nothing')
    .description(
      'Lists the rules by which people and programs are told of alerts. A rule tells what whoever saved it last may see: one that tells nothing, or only of some devices, is named with the reason.',
    )
    .action((_options: object, command: Command) =>
      withSession(terminal, command, async (session) => {
        const { http } = session.api;
        const { rules } = await take(http.GET('/api/v1/notifications/rules'));
        const { ways } = await take(http.GET('/api/v1/notifications/ways'));
        if (rules.length === 0) session.note('There are no rules: nobody is told of alerts.');
        if (rules.length > 0 || session.json)
          session.print(pageOf(rules), (canvas) =>
            drawAlertRules(rules, { ways, nowMs: terminal.now() }, canvas),
          );
        for (const rule of rules) {
          const silence = describeSilence(rule);
          if (silence !== null) session.note(silence);
        }
      }),
    );
}

function collect(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), readNumbers(text)];
}

const describe = ({ id, series, hostname }: Alert) => `${id} ${series} on ${hostname}`;

/** What was done, and what was not: the second makes the line fail, because a script would not notice otherwise. */
function conclude(session: Session, answer: Acknowledgment, now: string): void {
  if (session.json) session.print(answer, () => '');
  const { items, refused } = answer;
  for (const alert of items) session.note(`${now} alert ${describe(alert)}.`);
  for (const { id, detail } of refused) session.note(`Alert ${id}: ${detail}`);
  if (refused.length > 0)
    throw fail('E_PARTLY', {
      detail: `${countOf(refused.length, 'alert')} of ${items.length + refused.length} stayed as it was; see above.`,
    });
}
