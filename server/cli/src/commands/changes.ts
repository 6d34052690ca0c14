// `muster timeline` and `muster diff`: what changed on a device, and what differs between two times or two devices.
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { collectPages, pageOf } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { parseMoment } from '../input/moments.ts';
import { beginningOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawDifferences, drawTimeline } from '../views/changes.ts';
import { addListOptions, type ListOptions, reading, wantedRows } from './options.ts';

/** Changes shown when nobody says, and the most the server gives in one page. */
const USUAL_CHANGES = 20;
const MAX_PAGE_CHANGES = 100;

interface TimelineOptions extends ListOptions {
  readonly from?: string;
  readonly to?: string;
  readonly rows?: true;
}

/** Registers `timeline`. */
export function registerTimeline(program: Command, terminal: Terminal): void {
  const read = reading((text) => parseMoment(text, terminal.now()));
  const command = program
    .command('timeline')
    .summary('show what changed on a device, newest first')
    .description('Lists the changes of the inventory of a device, newest first.')
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .option('--from <time>', 'not older than: 7d (ago), 2026-11-20, 2026-11-20T12:00', read)
    .option('--to <time>', 'older than', read)
    .option('--rows', 'all rows of each change the server lists, not only the first');
  addListOptions(command, USUAL_CHANGES).action((name: string, options: TimelineOptions, self: Command) =>
    withSession(terminal, self, (session) => showTimeline(session, name, options)),
  );
}

async function showTimeline(session: Session, name: string, options: TimelineOptions): Promise<void> {
  const { id, hostname } = await findDevice(session.api, name);
  const { from, to } = options;
  const page = await collectPages(
    ({ limit, cursor }) =>
      take(
        session.api.http.GET('/api/v1/devices/{id}/timeline', {
          params: {
            path: { id },
            query: {
              limit: Math.min(limit, MAX_PAGE_CHANGES),
              ...(cursor && { cursor }),
              ...(from && { from }),
              ...(to && { to }),
            },
          },
        }),
      ),
    { wanted: wantedRows(options, USUAL_CHANGES) },
  );
  if (page.items.length === 0) session.note(`No change of ${hostname} is known of that time.`);
  if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawTimeline(page.items, options.rows === true, canvas));
  if (page.next !== null)
    session.note(`${beginningOf(page.items.length, { word: 'newest', thing: 'change' })}; --all shows all.`);
}

interface DiffOptions {
  readonly with?: string;
  readonly section?: string;
  readonly rows?: true;
}

/** Registers `diff`. */
export function registerDiff(program: Command, terminal: Terminal): void {
  program
    .command('diff')
    .summary('compare a device at two times, or with another device')
    .description('Shows what differs between two times of a device, or between two devices.')
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .argument('[before]', 'earlier time: 7d (ago), 2026-11-20, 2026-11-20T12:00')
    .argument('[after]', 'later time (default: now)')
    .option('--with <device>', 'compare with this device, now or at the times given')
    .option('--section <name>', 'only this section')
    .option('--rows', 'all rows of each section the server lists, not only the first')
    .action((name: string, ...rest: [string | undefined, string | undefined, DiffOptions, Command]) => {
      const [before, after, options, command] = rest;
      if (before === undefined && options.with === undefined)
        throw fail('E_USAGE', { detail: 'Say a time to compare with, such as 7d, or a device with --with.' });
      const moments = [before, after].map((text) =>
        text === undefined ? undefined : parseMoment(text, terminal.now()),
      );
      return withSession(terminal, command, (session) => showDiff(session, { name, moments, options }));
    });
}

async function showDiff(
  session: Session,
  {
    name,
    moments: [from, to],
    options,
  }: { name: string; moments: readonly (string | undefined)[]; options: DiffOptions },
): Promise<void> {
  const device = await findDevice(session.api, name);
  const other = options.with === undefined ? undefined : await findDevice(session.api, options.with);
  const differences = await take(
    session.api.http.GET('/api/v1/devices/{id}/diff', {
      params: {
        path: { id: device.id },
        query: {
          ...(from && { from }),
          ...(to && { to }),
          ...(other && { with: other.id }),
          ...(options.section && { section: options.section }),
        },
      },
    }),
  );
  if (differences.items.length === 0) session.note('Nothing differs.');
  if (differences.items.length > 0 || session.json)
    session.print(pageOf(differences.items), (canvas) =>
      drawDifferences(differences.items, options.rows === true, canvas),
    );
}
