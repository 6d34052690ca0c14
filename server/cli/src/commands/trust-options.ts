// Options that all changes of the trust document share, and the frame they run in.
import type { ReadonlyTrust, TrustDocument } from '@muster/protocol';
import type { Command } from 'commander';
import type { SigningKey } from '../keys/signing-key.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { draftNext } from '../trust/drafts.ts';
import { type ProposeOptions, propose } from '../trust/propose.ts';
import { readTrust } from '../trust/read-trust.ts';

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Adds them. */
export function addProposeOptions(command: Command): Command {
  return command
    .option(
      '--root-key <key>',
      'root key by name or file; repeat it for several (default: those of this terminal)',
      collect,
    )
    .option('--passphrase-file <file>', 'file with the passphrase of the keys')
    .option('--out <file>', 'put the signed document into a file for other root keys, instead of in force')
    .option('--yes', 'sign without asking');
}

/** What a change is made with: the session, the document in force, and root keys made on the way. */
export interface ChangeContext {
  readonly session: Session;
  readonly current: ReadonlyTrust;
  readonly extra: SigningKey[];
}

/** Reads the document in force, lets `prepare` say what changes, and proposes it. */
export function changeTrust(
  terminal: Terminal,
  command: Command,
  {
    options,
    prepare,
  }: {
    readonly options: ProposeOptions;
    readonly prepare: (context: ChangeContext) => Promise<(next: TrustDocument) => void>;
  },
): Promise<void> {
  return withSession(terminal, command, async (session) => {
    const current = await readTrust(session, terminal.env);
    const extra: SigningKey[] = [];
    const change = await prepare({ session, current: current.document, extra });
    const next = draftNext(current.document, change, terminal.now());
    await propose(session, { current, next, extra }, options);
  });
}
