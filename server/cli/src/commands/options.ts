// Options that several commands have, and how their texts are read.
import { isMusterError } from '@muster/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCount } from '../input/words.ts';

/** Rows a list shows when nobody says. */
export const USUAL_ROWS = 100;
/** The most one may ask for by number; beyond it there is --all. */
const MAX_ROWS = 100_000;

/** Options of a list. */
export interface ListOptions {
  readonly limit?: number;
  readonly all?: true;
}

/** Makes commander complain about an option's text with our sentence. */
export function reading<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (isMusterError(error)) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** Adds --limit and --all. */
export function addListOptions(command: Command, rows = USUAL_ROWS): Command {
  return command
    .addOption(
      new Option('--limit <rows>', `at most so many rows (default: ${rows})`).argParser(
        reading((text) => parseCount(text, { min: 1, max: MAX_ROWS })),
      ),
    )
    .addOption(new Option('--all', 'all rows').conflicts('limit'));
}

/** Rows that are wanted. */
export function wantedRows({ limit, all }: ListOptions, usual = USUAL_ROWS): number {
  return all === true ? Number.POSITIVE_INFINITY : (limit ?? usual);
}
