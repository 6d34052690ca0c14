// `muster find '<expression>'`: the devices for which an expression holds, as a table, JSON, CSV or their number.
import { type Command, Option } from 'commander';
import { listDevices } from '../api/find-device.ts';
import { readExpression } from '../input/expression.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import {
  type DeviceColumnName,
  drawDevices,
  fieldsOf,
  usualColumns,
  writeDevicesCsv,
} from '../views/device-list.ts';
import { addDeviceRowOptions, type DeviceRowOptions, noteRest, readDevices } from './device-rows.ts';
import { addListOptions } from './options.ts';

interface FindOptions extends DeviceRowOptions {
  readonly count?: true;
  readonly csv?: true;
}

/** Registers the command. */
export function registerFind(program: Command, terminal: Terminal): void {
  const command = program
    .command('find')
    .summary('find the devices for which an expression holds')
    .description(
      'Finds the devices for which an expression holds. What is wrong with it is said with its place, before a server is asked. muster facts lists what it may name; the same expression limits lists, groups, roles and orders.',
    )
    .argument('<expression>', 'in single quotes, so that the shell leaves its double quotes alone');
  addDeviceRowOptions(command)
    .addOption(
      new Option('--count', 'only how many there are').conflicts(['columns', 'sort', 'limit', 'all', 'csv']),
    )
    .addOption(new Option('--csv', 'the columns as CSV').conflicts('json'));
  addListOptions(command).action(async (text: string, options: FindOptions, self: Command) => {
    const { text: on } = await readExpression(text);
    await withSession(terminal, self, (session) =>
      options.count === true ? count(session, on) : find(session, on, options),
    );
  });
}

/** A table needs the fields of its columns; --json without --columns has all of them. */
function filterOf(on: string, { sort, csv, ...options }: FindOptions, columns: readonly DeviceColumnName[]) {
  const fields = options.columns !== undefined || csv ? fieldsOf(columns) : undefined;
  return { on, ...(sort && { sort }), ...(fields && { fields }) };
}

/** A number on a line of its own; one row is asked for, since no list has none. */
async function count(session: Session, on: string): Promise<void> {
  const { count: found } = await listDevices(session.api, { on, limit: 1, fields: 'id' });
  session.print({ count: found }, () => (found === null ? '–' : String(found)));
}

async function find(session: Session, on: string, options: FindOptions): Promise<void> {
  const columns = options.columns ?? [...usualColumns];
  const filter = filterOf(on, options, columns);
  const page = await readDevices(session, filter, options);
  const nowMs = session.terminal.now();
  if (options.csv)
    for (const line of writeDevicesCsv(page.items, { columns, nowMs })) session.terminal.stdout.write(line);
  else if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawDevices(page.items, { columns, nowMs }, canvas));
  if (page.items.length === 0) session.note(`It holds for no device: ${on}`);
  noteRest(session, page);
}
