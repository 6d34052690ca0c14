// `muster setup-link`: a one-time link to set up sign-in to the console, made on the host of the server.
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fail } from '../errors.ts';
import { runProgram } from '../platform/processes.ts';
import { createPrinter, readSharedFlags } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { placesOf } from './quickstart-folder.ts';
import { serverProgram } from './quickstart-parts.ts';

/** The folder of the server: of a quick start it lies within. */
async function findServerFolder(dataDir: string): Promise<string> {
  const { server } = placesOf(dataDir);
  try {
    await access(server);
    return server;
  } catch {
    // No quick start: the folder is the server's own.
    return resolve(dataDir);
  }
}

/** Has the server's program make a link: who may open its data folder may do that, and nobody over the network. @throws MusterError E_CHILD */
export async function makeSetupLink(serverFolder: string, person: string | null): Promise<string> {
  const whom = person === null ? [] : ['--person', person];
  const made = await runProgram([serverProgram, 'setup-link', '--data-dir', serverFolder, ...whom]);
  const url = made.stdout.trim();
  if (made.code === 0 && url !== '') return url;
  throw fail('E_CHILD', { detail: `No link could be made: ${made.stderr.trim()}` });
}

/** Registers the command. */
export function registerSetupLink(program: Command, terminal: Terminal): void {
  program
    .command('setup-link')
    .summary('make a link to set up sign-in to the console')
    .description(
      'On the host of the server: prints a link by which a person sets up a passkey or a password, once within an hour. A further link ends the former one.',
    )
    .argument('[person]', 'short name of the person (default: the first one)')
    .option('--data-dir <folder>', 'data folder of the server or of the quick start', '.muster')
    .action(
      async (...[person, options, command]: [string | undefined, { readonly dataDir: string }, Command]) => {
        const printer = createPrinter(terminal, readSharedFlags(command));
        const url = await makeSetupLink(await findServerFolder(options.dataDir), person ?? null);
        printer.print({ url }, () => url);
        printer.note('It is good once, within an hour.');
      },
    );
}
