// `muster inventory`: the sections of a device, one of them as it is or was, or live from the device.
import { findSection, packagesSection, sections } from '@muster/protocol';
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { collectPages } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { parseMoment } from '../input/moments.ts';
import { nearest } from '../input/nearest.ts';
import { beginningOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawLive, drawSection, drawSections, drawSoftware } from '../views/inventory.ts';
import { addListOptions, type ListOptions, reading, wantedRows } from './options.ts';

interface InventoryOptions extends ListOptions {
  readonly at?: string;
  readonly live?: true;
}

/** What is looked at. */
interface Subject {
  readonly id: string;
  readonly hostname: string;
  readonly section: string;
  readonly options: InventoryOptions;
}

/** Registers the command. */
export function registerInventory(program: Command, terminal: Terminal): void {
  const command = program
    .command('inventory')
    .summary('show the inventory of a device, now or as it was')
    .description(
      'Lists the sections of a device, or shows one of them: as it is, as it was at a time, or live from the device.',
    )
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .argument('[section]', 'which section; all are listed without it')
    .option(
      '--at <time>',
      'as it was then: 3h (ago), 2026-11-20, 2026-11-20T12:00',
      reading((text) => parseMoment(text, terminal.now())),
    )
    .option('--live', 'ask the device now; always so for sections that are not stored');
  addListOptions(command).action(function show(this: Command, name: string, section: string | undefined) {
    const options = this.opts<InventoryOptions>();
    checkQuestion(section, options);
    return withSession(terminal, this, async (session) => {
      const { id, hostname } = await findDevice(session.api, name);
      if (section === undefined) await showSections(session, { id, hostname, section: '', options });
      else await showOne(session, { id, hostname, section, options });
    });
  });
}

/** Faults that can be said without asking the server. */
function checkQuestion(section: string | undefined, { live, at }: InventoryOptions): void {
  const known = section === undefined ? undefined : findSection(section);
  const isLive = live === true || known?.kind === 'live';
  if (section === undefined && live)
    throw fail('E_USAGE', { detail: `Say which section is wanted live: ${liveNames().join(', ')}.` });
  if (isLive && at !== undefined)
    throw fail('E_USAGE', { detail: 'What is asked of the device now has no past; leave --at out.' });
  if (live && known?.kind === 'slice')
    throw fail('E_USAGE', {
      detail: `${section} is stored and has no live form; these have: ${liveNames().join(', ')}.`,
    });
  if (section !== undefined && !/^[a-z][a-z0-9_]{0,47}$/.test(section)) {
    const near = nearest(
      section,
      sections.map(({ name }) => name),
    );
    const hint = near === undefined ? 'muster inventory <device> lists them' : `did you mean ${near}?`;
    throw fail('E_USAGE', { detail: `There is no section of that name; ${hint.replace(/([^?])$/, '$1.')}` });
  }
}

function liveNames(): string[] {
  return sections.filter(({ kind }) => kind === 'live').map(({ name }) => name);
}

function atQuery({ at }: InventoryOptions): { at?: string } {
  return at === undefined ? {} : { at };
}

async function showSections(session: Session, { id, hostname, options }: Subject): Promise<void> {
  const inventory = await take(
    session.api.http.GET('/api/v1/devices/{id}/inventory', {
      params: { path: { id }, query: atQuery(options) },
    }),
  );
  if (inventory.sections.length === 0)
    session.note(`${hostname} has no inventory${options.at === undefined ? ' yet' : ' of that time'}.`);
  if (inventory.sections.length > 0 || session.json)
    session.print(inventory, (canvas) => drawSections(inventory, session.terminal.now(), canvas));
}

async function showOne(session: Session, subject: Subject): Promise<void> {
  const kind = findSection(subject.section)?.kind;
  if (subject.options.live || kind === 'live') await showLive(session, subject);
  else if (subject.section === packagesSection.name) await showSoftware(session, subject);
  else await showStored(session, subject);
}

async function showLive({ api, print }: Session, { id, section }: Subject): Promise<void> {
  const rows = await take(
    api.http.GET('/api/v1/devices/{id}/live/{section}', { params: { path: { id, section } } }),
  );
  print(rows, (canvas) => drawLive(rows, canvas));
}

/** Packages are a list of their own: thousands of rows, by name. */
async function showSoftware(session: Session, { id, options }: Subject): Promise<void> {
  const page = await collectPages(
    (request) =>
      take(
        session.api.http.GET('/api/v1/devices/{id}/software', {
          params: { path: { id }, query: { ...atQuery(options), ...request } },
        }),
      ),
    { wanted: wantedRows(options, SECTION_ROWS) },
  );
  session.print(page, (canvas) => drawSoftware(page.items, canvas));
  noteRest(session, page);
}

/** Rows of a section when nobody says: sections are read whole far more often than lists are. */
const SECTION_ROWS = 500;

async function showStored(session: Session, { id, section, options }: Subject): Promise<void> {
  const page = await collectPages(
    (request) =>
      take(
        session.api.http.GET('/api/v1/devices/{id}/inventory/{section}', {
          params: { path: { id, section }, query: { ...atQuery(options), ...request } },
        }),
      ),
    { wanted: wantedRows(options, SECTION_ROWS) },
  );
  session.print(page, (canvas) => drawSection(page, session.terminal.now(), canvas));
  noteRest(session, page);
}

function noteRest(session: Session, page: { items: unknown[]; next: string | null }): void {
  if (page.next !== null)
    session.note(`${beginningOf(page.items.length, { word: 'first', thing: 'row' })}; --all shows all.`);
}
