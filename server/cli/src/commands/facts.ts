// `muster facts`: what an expression may name and what it means, or what a device says for each of them.
import type { Command } from 'commander';
import { findDevice } from '../api/find-device.ts';
import { pageOf } from '../api/pages.ts';
import { createPrinter, readSharedFlags, type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawDeviceFacts, drawFactList } from '../views/facts.ts';

/** Registers the command. */
export function registerFacts(program: Command, terminal: Terminal): void {
  program
    .command('facts')
    .summary('list what the expression of --on may name, or the facts of a device')
    .description(
      'Lists the facts that an expression may name: type and meaning; of a device with their values, as an expression writes them, and its labels.',
    )
    .argument('[device]', 'host name or id; the beginning of an id is enough')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      if (name !== undefined) return withSession(terminal, command, (session) => show(session, name));
      // Loaded only here: it brings the expression language along.
      const { listFacts } = await import('@muster/protocol/language');
      const items = listFacts().map(({ name, type, description, source, values }) => ({
        name,
        type,
        description,
        source,
        values: values ?? null,
      }));
      createPrinter(terminal, readSharedFlags(command)).print(pageOf(items), (canvas) =>
        drawFactList(items, canvas),
      );
    });
}

async function show(session: Session, name: string): Promise<void> {
  const device = await findDevice(session.api, name);
  const { readDeviceFacts } = await import('../jobs/device-facts.ts');
  const items = await readDeviceFacts(session, device);
  session.print(pageOf(items), (canvas) => drawDeviceFacts(items, canvas));
  if (items.some(({ value }) => value === null))
    session.note(`– is absent: ${device.hostname} has not said it, and any comparison with it is false.`);
}
