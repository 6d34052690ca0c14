// `muster-agent collect`: reads one section of the inventory now and prints it.
import type { SliceBody } from '@muster/protocol';
import { fail } from '../errors.ts';
import type { CommandContext } from './command.ts';
import { openInventory } from './inventory.ts';

/** Longest cell of the table, characters. */
const MAX_CELL_CHARS = 48;

/** Rows as aligned text columns. */
function formatTable({ columns, rows }: SliceBody): string {
  const cells = [
    columns,
    ...rows.map((row) => row.map((value) => (value === null ? '–' : String(value)))),
  ].map((row) =>
    row.map((cell) => (cell.length > MAX_CELL_CHARS ? `${cell.slice(0, MAX_CELL_CHARS - 1)}…` : cell)),
  );
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Runs the command. @throws MusterError E_USAGE, E_COLLECTOR */
export async function runCollect({ line, config, print, say }: CommandContext): Promise<void> {
  const { inventory, sections } = openInventory(config, {
    log: { debug: () => undefined, warn: () => undefined },
    readOutbox: () => null,
  });
  if (line.flags.list === true) {
    for (const section of sections)
      print(`${section.name.padEnd(20)} ${section.kind.padEnd(6)} ${section.title}`);
    return;
  }
  const [name] = line.words;
  if (name === undefined)
    throw fail('E_USAGE', { detail: 'Name the section to collect; muster-agent collect --list shows all.' });
  const text = await inventory.collect(name);
  if (line.flags.json === true) {
    print(text);
    return;
  }
  const body = JSON.parse(text) as SliceBody;
  if (body.outcome === 'ok') print(formatTable(body));
  else say(`${body.outcome === 'no-data' ? 'No data' : 'Error'}: ${body.reason}`);
}
