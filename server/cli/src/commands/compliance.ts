// `muster compliance`: what of the fleet is as its policies want it, now or at a time, down to the single device.
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { collectPages } from '../api/pages.ts';
import type { RuleItem } from '../api/types.ts';
import { fail } from '../errors.ts';
import { parseMoment } from '../input/moments.ts';
import { parseCount } from '../input/words.ts';
import type { Canvas } from '../output/canvas.ts';
import { beginningOf } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import {
  drawDeviceItems,
  drawPolicyShares,
  drawRuleItems,
  drawRuleShares,
  drawTrend,
  flatItem,
  flatShare,
  toCsv,
} from '../views/compliance.ts';
import { addListOptions, type ListOptions, reading, wantedRows } from './options.ts';

const STATES = [
  ...['error', 'drifted', 'applying', 'repaired', 'compliant', 'not-applicable', 'exempt', 'not-reporting'],
] as const satisfies readonly string[];

interface ComplianceOptions extends ListOptions {
  readonly at?: string;
  readonly days?: number;
  readonly device?: string;
  readonly state?: RuleItem['state'];
  readonly csv?: true;
}

/** What is asked. */
interface Question {
  readonly policy?: string | undefined;
  readonly rule?: string | undefined;
  readonly options: ComplianceOptions;
}

/** Registers the command. */
export function registerCompliance(program: Command, terminal: Terminal): void {
  const command = program
    .command('compliance')
    .summary('show what of the devices is as policies want it')
    .description(
      'Shows the share of what complies for each policy; with a policy, for each of its rules; with a rule too, how it stands on devices, worst first. With --device all items of one device. Compliant and repaired count as met; not-applicable and exempt do not count at all.',
    )
    .argument('[policy]', 'name of a policy')
    .argument('[rule]', 'id of a rule of it')
    .option(
      '--at <time>',
      'shares as they were then: 3h (ago), 2026-11-20, 2026-11-20T12:00',
      reading((text) => parseMoment(text, terminal.now())),
    )
    .option(
      '--days <days>',
      'the share at the beginning of each of so many days',
      reading((text) => parseCount(text, { min: 1, max: 366 })),
    )
    .option('--device <device>', 'items of this device')
    .addOption(new Option('--state <state>', 'only items that stand so').choices(STATES))
    .addOption(new Option('--csv', 'as CSV').conflicts('json'));
  addListOptions(command).action(function show(
    this: Command,
    policy: string | undefined,
    rule: string | undefined,
  ) {
    const question = { policy, rule, options: this.opts<ComplianceOptions>() };
    checkQuestion(question);
    return withSession(terminal, this, (session) => answer(session, question));
  });
}

/** Faults that can be said without asking the server. */
function checkQuestion({ policy, rule, options }: Question): void {
  const { at, days, device, state } = options;
  const isList = rule !== undefined || device !== undefined;
  const isPast = at !== undefined;
  const isTrend = days !== undefined;
  const faults: readonly (readonly [boolean, string])[] = [
    [device !== undefined && policy !== undefined, 'Say either a policy or --device.'],
    [isPast && isTrend, 'Say either --at or --days.'],
    [isPast && isList, 'Of the past shares are known, of policies and of their rules; leave --at out.'],
    [isTrend && device !== undefined, 'The share of a single device is not kept; leave --days out.'],
    [
      state !== undefined && (!isList || isTrend),
      'Name a policy with a rule, or --device: --state chooses among items.',
    ],
  ];
  const [, detail] = faults.find(([isFault]) => isFault) ?? [];
  if (detail !== undefined) throw fail('E_USAGE', { detail });
}

function answer(session: Session, question: Question): Promise<void> {
  const { rule, options } = question;
  if (options.days !== undefined) return showTrend(session, question, options.days);
  if (options.device !== undefined) return showDevice(session, options.device, options);
  return rule === undefined ? showShares(session, question) : showRule(session, question);
}

/** A whole answer, and its rows, flat. */
interface Printed {
  readonly answer: object;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly csv: boolean;
}

/** Prints rows in the form that is asked for. */
function printRows(
  session: Session,
  { answer: whole, rows, csv }: Printed,
  draw: (canvas: Canvas) => string,
): void {
  session.print(whole, csv ? () => toCsv(rows) : draw);
}

async function showShares(session: Session, { policy, options }: Question): Promise<void> {
  const { at, csv = false } = options;
  const query = { ...(policy === undefined ? {} : { policy }), ...(at === undefined ? {} : { at }) };
  const view = await take(session.api.http.GET('/api/v1/compliance', { params: { query } }));
  if (view.policies.length === 0)
    session.note(
      policy === undefined
        ? 'No device has said anything about policies; muster policy list shows what is in force.'
        : `No device has said anything about ${policy}; muster policy list shows what is in force.`,
    );
  const rows = (policy === undefined ? view.policies : view.rules).map((row) => flatShare(row));
  if (rows.length > 0 || session.json)
    printRows(session, { answer: view, rows, csv }, (canvas) =>
      policy === undefined ? drawPolicyShares(view, canvas) : drawRuleShares(view, canvas),
    );
  if (view.at !== null) session.note(`As it was at ${formatMoment(view.at)}.`);
}

async function showTrend(session: Session, { policy, rule, options }: Question, days: number): Promise<void> {
  const query = {
    ...(policy === undefined ? {} : { policy }),
    ...(rule === undefined ? {} : { rule }),
    days,
  };
  const view = await take(session.api.http.GET('/api/v1/compliance/trend', { params: { query } }));
  printRows(session, { answer: view, rows: view.points, csv: options.csv ?? false }, (canvas) =>
    drawTrend(view, canvas),
  );
}

const stateQuery = ({ state }: ComplianceOptions) => (state === undefined ? {} : { state });

async function showRule(session: Session, { policy = '', rule = '', options }: Question): Promise<void> {
  const page = await collectPages(
    (request) =>
      take(
        session.api.http.GET('/api/v1/compliance/items', {
          params: { query: { policy, rule, ...stateQuery(options), ...request } },
        }),
      ),
    { wanted: wantedRows(options) },
  );
  if (page.items.length === 0) session.note(`No device says that of ${policy}/${rule}.`);
  const rows = page.items.map((one) => flatItem(one));
  if (rows.length > 0 || session.json)
    printRows(session, { answer: page, rows, csv: options.csv ?? false }, (canvas) =>
      drawRuleItems(page.items, session.terminal.now(), canvas),
    );
  noteRest(session, page);
}

async function showDevice(session: Session, name: string, options: ComplianceOptions): Promise<void> {
  if (name === '') throw fail('E_USAGE', { detail: 'Say which device, by host name or id.' });
  const { id, hostname } = await findDevice(session.api, name);
  const page = await collectPages(
    (request) =>
      take(
        session.api.http.GET('/api/v1/devices/{id}/compliance', {
          params: { path: { id }, query: { ...stateQuery(options), ...request } },
        }),
      ),
    { wanted: wantedRows(options) },
  );
  if (page.reportedAt === null) session.note(`${hostname} has said nothing about policies yet.`);
  else if (page.items.length === 0) session.note(`${hostname} has no such item.`);
  const rows = page.items.map((one) => flatItem(one));
  if (rows.length > 0 || session.json)
    printRows(
      session,
      { answer: { device: { id, hostname }, ...page }, rows, csv: options.csv ?? false },
      (canvas) => drawDeviceItems(page.items, session.terminal.now(), canvas),
    );
  if (page.silentSince !== null)
    session.note(`It does not report since ${formatMoment(page.silentSince)}; this is what it said last.`);
  noteRest(session, page);
}

function noteRest(
  session: Session,
  page: { readonly items: readonly unknown[]; readonly next: string | null },
) {
  if (page.next !== null)
    session.note(
      `${beginningOf(page.items.length, { word: 'first', thing: 'item' })}; --all shows the others.`,
    );
}
