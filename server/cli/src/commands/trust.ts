// `muster trust`: shows the trust document in force and changes it; every change is signed by root keys on this workstation.
import { type CommandClass, classOf } from '@muster/protocol';
import { commandKinds } from '@muster/protocol/commands';
import { Argument, type Command } from 'commander';
import { take } from '../api/client.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { setClass } from '../trust/drafts.ts';
import { type ProposeOptions, signPartial, submitPartial } from '../trust/propose.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawTrustDocument } from '../views/trust.ts';
import { refuseStrayWords } from './group.ts';
import { registerHarden } from './trust-harden.ts';
import { addProposeOptions, changeTrust } from './trust-options.ts';
import { registerOrigins } from './trust-origins.ts';
import { registerExportRoot, registerRotate } from './trust-root.ts';
import { registerSigners } from './trust-signers.ts';

/** Registers the command and its subcommands. */
export function registerTrust(program: Command, terminal: Terminal): void {
  const trust = program
    .command('trust')
    .summary('show and change who may sign what')
    .description(
      'Shows the trust document in force, verified from its beginning. Its subcommands change it with the root key.',
    )
    .allowExcessArguments(true)
    .action((_options: unknown, command: Command) => {
      refuseStrayWords(command, 'muster trust --help lists its subcommands.');
      return withSession(terminal, command, show);
    });
  trust
    .command('show')
    .summary('show who may sign what, and what is still soft')
    .description('Shows the trust document in force, verified from its beginning, and what is still soft.')
    .action((_options: unknown, command: Command) => withSession(terminal, command, show));
  registerSigners(trust, terminal);
  registerRotate(trust, terminal);
  registerOrigins(trust, terminal);
  registerSetClass(trust, terminal);
  registerHarden(trust, terminal);
  registerExportRoot(trust, terminal);
  registerPartial(trust, terminal);
}

async function show(session: Session): Promise<void> {
  const state = await readTrust(session, session.terminal.env);
  const view = await take(session.api.http.GET('/api/v1/trust'));
  session.print(view, (canvas) =>
    drawTrustDocument(
      { document: state.document, hash: state.hash, soft: view.soft, name: view.organization.name },
      canvas,
    ),
  );
}

function registerSetClass(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('set-class')
      .summary('make a kind of command stricter')
      .description(
        'Makes a kind of command stricter than it is by itself, or gives it back its usual class. Nothing can be made less strict.',
      )
      .addArgument(new Argument('<kind>', 'kind of command').choices(commandKinds))
      .addArgument(
        new Argument('<class>', 'its class').choices([
          'routine',
          'privileged',
          'code',
          'destructive',
          'usual',
        ]),
      ),
  ).action((...[kind, wanted, options, command]: [string, CommandClass | 'usual', ProposeOptions, Command]) =>
    changeTrust(terminal, command, {
      options,
      prepare: async ({ session }) => {
        if (wanted === 'usual') session.note(`${kind} is ${classOf(kind, {})} by itself.`);
        return (next) => setClass(next, kind, wanted === 'usual' ? null : wanted);
      },
    }),
  );
}

function registerPartial(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('sign')
      .summary('add a root signature to a change in a file')
      .description(
        'Shows the change that a file holds, and adds the signature of a root key of this workstation.',
      )
      .argument('<file>', 'file that another holder of a root key made with --out'),
  ).action((file: string, options: ProposeOptions, command: Command) =>
    withSession(terminal, command, async (session) => {
      const current = await readTrust(session, terminal.env);
      await signPartial(session, file, { current, options });
    }),
  );
  trust
    .command('submit')
    .summary('put a change that all have signed in force')
    .description('Shows the change that a file holds, and puts it in force when it has all signatures.')
    .argument('<file>', 'file with the signed change')
    .action((file: string, _options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        await submitPartial(session, file, await readTrust(session, terminal.env));
      }),
    );
}
