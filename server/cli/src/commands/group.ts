// What commands with subcommands say to a word that is none of them.
import type { Command } from 'commander';
import { nearest } from '../input/nearest.ts';

/**
 * Ends with a usage error when words are left over. Commander suggests only where a group does nothing by itself;
 * a group that lists something does the same here.
 */
export function refuseStrayWords(command: Command, otherwise: string): void {
  const [word] = command.args;
  if (word === undefined) return;
  const near = nearest(
    word,
    command.commands.map((part) => part.name()),
  );
  const hint = near === undefined ? otherwise : `Did you mean ${near}?`;
  command.error(`error: unknown command '${word}'\n(${hint})`, { code: 'commander.unknownCommand' });
}
