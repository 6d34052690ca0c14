// `muster audit`: what was done and refused, and its export for muster-verify and other systems.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isMusterError } from '@muster/protocol';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { collectPages } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { parseMoment } from '../input/moments.ts';
import { beginningOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawAudit } from '../views/audit.ts';
import { refuseStrayWords } from './group.ts';
import { addListOptions, type ListOptions, wantedRows } from './options.ts';

interface AuditOptions extends ListOptions {
  readonly act?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly refused?: true;
  readonly from?: string;
  readonly to?: string;
}

interface ExportOptions {
  readonly out?: string;
  readonly format: 'json' | 'syslog' | 'ocsf';
}

/** Registers the command and its subcommands. */
export function registerAudit(program: Command, terminal: Terminal): void {
  const audit = program
    .command('audit')
    .summary('see who did what, and export it')
    .description('Lists what was done and what was refused. Its subcommands narrow the list and export it.')
    .allowExcessArguments(true)
    .action((_options: unknown, command: Command) => {
      refuseStrayWords(command, 'muster audit --help lists its subcommands.');
      return withSession(terminal, command, (session) => list(session, {}));
    });
  addListOptions(
    audit
      .command('list')
      .summary('list what was done and refused')
      .description('Lists events of the audit, newest first. One without a number is not sealed yet.')
      .option('--act <act>', 'only this act, as device.retire')
      .option('--actor <id>', 'only by the person, token or device with this id')
      .option('--subject <id>', 'only about what has this id')
      .option('--refused', 'only what was refused')
      .option('--from <moment>', 'not before: 7d, 2026-11-20')
      .option('--to <moment>', 'before'),
  ).action((options: AuditOptions, command: Command) =>
    withSession(terminal, command, (session) => list(session, options)),
  );
  audit
    .command('export')
    .summary('write the audit to a file or to standard output')
    .description(
      'Writes all sealed entries. The usual format is what muster-verify checks with the server gone; the others are for systems that collect events.',
    )
    .option('--out <file>', 'file to write, never over another one; without it standard output')
    .addOption(
      new Option('--format <format>', 'form of the lines')
        .choices(['json', 'syslog', 'ocsf'])
        .default('json'),
    )
    .action((options: ExportOptions, command: Command) =>
      withSession(terminal, command, (session) => save(session, options)),
    );
}

async function list(session: Session, options: AuditOptions): Promise<void> {
  const { act, actor, subject, refused, from, to } = options;
  const nowMs = session.terminal.now();
  const filter = {
    ...(act === undefined ? {} : { act }),
    ...(actor === undefined ? {} : { actor }),
    ...(subject === undefined ? {} : { subject }),
    ...(refused === true ? { outcome: 'refused' as const } : {}),
    ...(from === undefined ? {} : { from: parseMoment(from, nowMs) }),
    ...(to === undefined ? {} : { to: parseMoment(to, nowMs) }),
  };
  const page = await collectPages(
    (request) =>
      take(session.api.http.GET('/api/v1/audit', { params: { query: { ...filter, ...request } } })),
    { wanted: wantedRows(options) },
  );
  if (page.items.length === 0) session.note('Nothing was done or refused that fits.');
  if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawAudit(page.items, { nowMs }, canvas));
  if (page.next !== null)
    session.note(
      `${beginningOf(page.items.length, { word: 'first', thing: 'event' })}; a higher --limit shows more.`,
    );
}

async function save({ api, note, terminal }: Session, { out, format }: ExportOptions): Promise<void> {
  const pieces = api.download(`/api/v1/audit/export?format=${format}`);
  if (out === undefined) {
    const decoder = new TextDecoder();
    for await (const piece of pieces) terminal.stdout.write(decoder.decode(piece, { stream: true }));
    return;
  }
  // The first piece is there, or the refusal is, before a file is made.
  const first = await pieces.next();
  const rest = async function* () {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
  };
  try {
    await pipeline(rest(), createWriteStream(out, { flags: 'wx', mode: 0o600 }));
  } catch (cause) {
    if (isMusterError(cause)) throw cause;
    throw fail('E_FILE', { cause, detail: `The file ${out} cannot be made; it may be there already.` });
  }
  note(`${out} holds the audit${format === 'json' ? '; muster-verify checks it' : ''}.`);
}
