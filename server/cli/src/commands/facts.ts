// `muster facts`: what an expression may name, and what it means.
import type { Command } from 'commander';
import { drawTable } from '../output/table.ts';
import { createPrinter, readSharedFlags } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** Registers the command. */
export function registerFacts(program: Command, terminal: Terminal): void {
  program
    .command('facts')
    .summary('list what the expression of --on may name')
    .description('Lists the facts of devices that an expression may name: type, values and meaning.')
    .action(async (_options: unknown, command: Command) => {
      // Loaded only here: it brings the expression language along.
      const { listFacts } = await import('@muster/protocol/language');
      const items = listFacts().map(({ name, type, description, source, values }) => ({
        name,
        type,
        description,
        source,
        values: values ?? null,
      }));
      createPrinter(terminal, readSharedFlags(command)).print({ items }, (canvas) =>
        drawTable(
          [{ title: 'fact', whole: true }, { title: 'type', whole: true }, { title: 'what it says' }],
          items.map(({ name, type, description }) => [name, type, description]),
          canvas,
        ),
      );
    });
}
