// `muster trust set-origins`: the pages at which passkeys of signers may sign.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { parseOrigin, setOrigins } from '../trust/drafts.ts';
import type { ProposeOptions } from '../trust/propose.ts';
import { addProposeOptions, changeTrust } from './trust-options.ts';

interface OriginOptions extends ProposeOptions {
  readonly rpId?: readonly string[];
}

/** Registers the command. */
export function registerOrigins(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('set-origins')
      .summary('say at which pages passkeys may sign')
      .description(
        'Sets the addresses of the console at which passkeys of signers count, in place of those listed before. Devices refuse what a passkey signed elsewhere.',
      )
      .argument('<origin...>', 'address of the console, as https://muster.example.com')
      .option(
        '--rp-id <domain...>',
        'domain that the passkeys are bound to, where it is not the name itself but one above it',
      ),
  ).action((texts: readonly string[], options: OriginOptions, command: Command) =>
    changeTrust(terminal, command, {
      options,
      prepare: async () => {
        const pages = texts.map(parseOrigin);
        const origins = pages.map(({ origin }) => origin);
        const rpIds = [...(options.rpId ?? pages.map(({ rpId }) => rpId))];
        return (next) => setOrigins(next, { origins, rpIds });
      },
    }),
  );
}
