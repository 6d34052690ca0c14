// `muster kinds`: what can be ordered, and the parameters of each kind.
import { classOf } from '@muster/protocol';
import { commandKinds, kindEntry } from '@muster/protocol/commands';
import { Argument, type Command } from 'commander';
import { pageOf } from '../api/pages.ts';
import { type Field, fieldsOf, type Kind, parseKind } from '../jobs/fields.ts';
import { createPrinter, type Printer, readSharedFlags } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawKind, drawKinds, type KindView } from '../views/kinds.ts';

function describe(kind: Kind, fields: readonly Field[]): KindView {
  const { repeat, changes, stoppable, description } = kindEntry(kind);
  return {
    kind,
    class: classOf(kind, {}),
    description,
    repeat,
    changes,
    stoppable,
    parameters: fields.map(({ name, form, description: about, fallback }) => ({
      name,
      form,
      description: about,
      default: fallback ?? null,
      required: fallback === undefined,
    })),
  };
}

/** Registers the command. */
export function registerKinds(program: Command, terminal: Terminal): void {
  program
    .command('kinds')
    .summary('list what can be ordered, and the parameters of a kind')
    .description('Lists the kinds of command with their class, or the parameters of one kind.')
    .addArgument(new Argument('[kind]', 'a kind').choices(commandKinds).argParser(parseKind))
    .action(async (kind: Kind | undefined, _options: unknown, command: Command) => {
      const printer = createPrinter(terminal, readSharedFlags(command));
      if (kind === undefined) await listAll(printer);
      else {
        const view = describe(kind, await fieldsOf(kind));
        printer.print(view, (canvas) => drawKind(view, canvas));
      }
    });
}

async function listAll(printer: Printer): Promise<void> {
  const items = await Promise.all(commandKinds.map(async (kind) => describe(kind, await fieldsOf(kind))));
  printer.print(pageOf(items), (canvas) => drawKinds(items, canvas));
}
