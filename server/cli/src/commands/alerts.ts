// `muster alerts`: what is wrong now, or was.
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { collectPages } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { parseCount } from '../input/words.ts';
import { beginningOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawAlerts } from '../views/alerts.ts';
import { reading, USUAL_ROWS } from './options.ts';

interface AlertsOptions {
  readonly all?: true;
  readonly device?: string;
  readonly limit?: number;
}

/** Registers the command. */
export function registerAlerts(program: Command, terminal: Terminal): void {
  program
    .command('alerts')
    .summary('list open alerts')
    .description('Lists open alerts, newest first. A device decides about its thresholds itself.')
    .option('--all', 'also those that have cleared')
    .option('--device <device>', 'only of this device')
    .option(
      '--limit <rows>',
      `at most so many rows (default: ${USUAL_ROWS})`,
      reading((text) => parseCount(text, { min: 1, max: 100_000 })),
    )
    .action((options: AlertsOptions, command: Command) =>
      withSession(terminal, command, (session) => list(session, options)),
    );
}

async function list(session: Session, { all, device, limit = USUAL_ROWS }: AlertsOptions): Promise<void> {
  if (device === '') throw fail('E_USAGE', { detail: 'Say which device, by host name or id.' });
  const found = device === undefined ? undefined : await findDevice(session.api, device);
  const filter = { ...(all ? {} : { state: 'open' as const }), ...(found && { device: found.id }) };
  const page = await collectPages(
    (request) =>
      take(session.api.http.GET('/api/v1/alerts', { params: { query: { ...filter, ...request } } })),
    { wanted: limit },
  );
  const nowMs = session.terminal.now();
  if (page.items.length === 0) session.note(all ? 'There are no alerts.' : 'No alert is open.');
  if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawAlerts(page.items, { nowMs, withDevice: true }, canvas));
  if (page.next !== null)
    session.note(
      `${beginningOf(page.items.length, { word: 'first', thing: 'alert' })}; a higher --limit shows more.`,
    );
}
