// `muster persons`: who works with this server, the keys they hold, and their API tokens.
import { encodeBase64url, pae, toKeyProof } from '@muster/protocol';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import type { Person } from '../api/types.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { parseSpan } from '../input/moments.ts';
import { findKey } from '../keys/key-folder.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawPersons } from '../views/persons.ts';
import { refuseStrayWords } from './group.ts';
import { reading } from './options.ts';
import { registerPersonRoles } from './persons-roles.ts';
import { findRole } from './roles.ts';

const DAY_MS = 86_400_000;

/** The person somebody means: by handle, id, or exact name. @throws MusterError E_USAGE naming all */
export async function findPerson({ api }: Pick<Session, 'api'>, text: string): Promise<Person> {
  const { items } = await take(api.http.GET('/api/v1/persons'));
  const found = items.filter(({ id, handle, name }) => [id, handle, name].includes(text));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const names = items.map(({ handle }) => handle).join(', ');
  throw fail('E_USAGE', {
    detail: `${first === undefined ? 'No person is' : 'Several persons are'} called ${text}; there are ${names}.`,
  });
}

/** Registers the command and its subcommands. */
export function registerPersons(program: Command, terminal: Terminal): void {
  const persons = program
    .command('persons')
    .summary('add persons, their roles, keys and tokens')
    .description('Lists persons, their roles and keys, and which of them are signers.')
    .allowExcessArguments(true)
    .action((_options: unknown, command: Command) => {
      refuseStrayWords(
        command,
        'Its subcommands are list, add, grant, withdraw, add-key, invite, token, revoke-token, disable and enable.',
      );
      return withSession(terminal, command, list);
    });
  persons
    .command('list')
    .summary('list persons')
    .description('Lists persons, their roles and keys, and which of them are signers.')
    .action((_options: unknown, command: Command) => withSession(terminal, command, list));
  registerAdd(persons, terminal);
  registerAddKey(persons, terminal);
  registerInvite(persons, terminal);
  registerToken(persons, terminal);
  registerRevoke(persons, terminal);
  registerPersonRoles(persons, terminal, findPerson);
}

async function list(session: Session): Promise<void> {
  const page = await take(session.api.http.GET('/api/v1/persons'));
  session.print(page, (canvas) => drawPersons(page.items, canvas));
}

interface AddOptions {
  readonly id?: string;
  readonly role?: readonly string[];
}

async function readRoleIds(session: Session, names: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push((await findRole(session, name)).id);
  return ids;
}

function registerAdd(persons: Command, terminal: Terminal): void {
  persons
    .command('add')
    .summary('add a person')
    .description(
      'Adds a person. He can sign in with a token of his own, and sign once the trust document names a key of his.',
    )
    .argument('<name>', 'name for people')
    .option('--id <id>', 'short name, also his id as a signer (default: made of the name)')
    .option(
      '--role <role...>',
      'what he may do at once: admin, technician, approver, security, auditor, viewer, or your own',
    )
    .action((name: string, { id, role = [] }: AddOptions, command: Command) =>
      withSession(terminal, command, async (session) => {
        const person = await take(
          session.api.http.POST('/api/v1/persons', {
            body: {
              name,
              ...(id !== undefined && { id }),
              ...(role.length > 0 && { roles: await readRoleIds(session, role) }),
            },
          }),
        );
        session.print(person, (canvas) => drawPersons([person], canvas));
        if (role.length === 0)
          session.note(`${person.handle} may do nothing yet: muster persons grant ${person.handle} viewer`);
        session.note(`Next: muster persons token ${person.handle}, and on his workstation muster keys new.`);
      }),
    );
}

function registerAddKey(persons: Command, terminal: Terminal): void {
  persons
    .command('add-key')
    .summary('register a key of this workstation for a person')
    .description(
      'Registers the public half of a key, with a proof that the private half is at hand. The key signs nothing before muster trust names it.',
    )
    .argument('[person]', 'short name of the person (default: who is signed in)')
    .option('--key <key>', 'name of the key, or path of its file', 'me')
    .option('--passphrase-file <file>', 'file with the passphrase of the key')
    .action(
      (
        who: string | undefined,
        options: { readonly key: string; readonly passphraseFile?: string },
        command: Command,
      ) =>
        withSession(terminal, command, async (session) => {
          const { api } = session;
          const person = await findPerson(session, who ?? (await readOwnHandle(session)));
          const { organization } = await take(api.http.GET('/api/v1/trust'));
          const found = await findKey(terminal.env, options.key);
          const key = await unlockKey(session, found, options);
          const text = encodeBase64url(key.publicKey);
          const { payloadType, payload } = toKeyProof(organization.id, text);
          const proof = encodeBase64url(key.sign(pae(payloadType, payload)));
          const name = found.name.split('/').at(-1) ?? found.name;
          const changed = await take(
            api.http.POST('/api/v1/persons/{id}/keys', {
              params: { path: { id: person.id } },
              body: { key: text, name, proof },
            }),
          );
          if (session.json) session.print(changed, () => '');
          session.note(
            `The key ${found.keyid} is registered for ${person.handle}. Who holds the root key makes it count: muster trust ${person.signerId === null ? 'add-signer' : 'add-key'} ${person.handle}.`,
          );
        }),
    );
}

async function readOwnHandle({ api }: Session): Promise<string> {
  const { person } = await take(api.http.GET('/api/v1/whoami'));
  if (person !== null) return person.handle;
  throw fail('E_USAGE', { detail: 'The token of this terminal belongs to nobody; name the person.' });
}

function registerInvite(persons: Command, terminal: Terminal): void {
  persons
    .command('invite')
    .summary('make a link by which a person sets up his sign-in')
    .description(
      'Makes a link by which a person sets up a passkey or a password for the console, once within a day. It also helps somebody who has lost both. A further link ends the former one.',
    )
    .argument('<person>', 'short name of the person')
    .action((who: string, _options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const person = await findPerson(session, who);
        const made = await take(
          session.api.http.POST('/api/v1/persons/{id}/invitations', { params: { path: { id: person.id } } }),
        );
        session.note(`For ${person.handle} only, until ${made.expiresAt}; it is shown this once:`);
        session.print(made, () => made.url);
      }),
    );
}

interface TokenOptions {
  readonly name?: string;
  readonly permission?: readonly string[];
  readonly expires: number;
}

function registerToken(persons: Command, terminal: Terminal): void {
  persons
    .command('token')
    .summary('make an API token for a person')
    .description(
      'Makes an API token for a person: at most what your own token may do, and no longer life. It is shown this once.',
    )
    .argument('<person>', 'short name of the person')
    .option('--name <text>', 'name of the token (default: the person)')
    .addOption(
      new Option('--permission <permission...>', 'what it may do, as devices.read (default: what yours may)'),
    )
    .addOption(
      new Option('--expires <span>', 'how long it lasts')
        .default(90 * DAY_MS, '90d')
        .argParser(reading(parseSpan)),
    )
    .action((who: string, { name, permission, expires }: TokenOptions, command: Command) =>
      withSession(terminal, command, async (session) => {
        const person = await findPerson(session, who);
        const made = await take(
          session.api.http.POST('/api/v1/persons/{id}/tokens', {
            params: { path: { id: person.id } },
            body: {
              name: name ?? person.handle,
              expiresInMs: expires,
              ...(permission !== undefined && { permissions: [...permission] }),
            },
          }),
        );
        session.note(`A token for ${person.handle} until ${made.expiresAt}; it is shown this once:`);
        session.print(made, () => made.token);
      }),
    );
}

function registerRevoke(persons: Command, terminal: Terminal): void {
  persons
    .command('revoke-token')
    .summary('end a token of a person at once')
    .description('Ends a token of a person at once. Tokens made with it stay; end them as well.')
    .argument('<person>', 'short name of the person')
    .argument('<token>', 'id of the token, as muster persons --json shows it')
    .option('--yes', 'do it without asking')
    .action((...[who, tokenId, options, command]: [string, string, { readonly yes?: true }, Command]) =>
      withSession(terminal, command, async (session) => {
        const person = await findPerson(session, who);
        if (options.yes !== true)
          await confirm(
            terminal,
            { consequence: `The token ${tokenId} of ${person.handle} will end at once.`, word: 'revoke' },
            session.mayAsk,
          );
        const path = { id: person.id, tokenId };
        const changed = await take(
          session.api.http.DELETE('/api/v1/persons/{id}/tokens/{tokenId}', { params: { path } }),
        );
        if (session.json) session.print(changed, () => '');
        session.note(`The token ${tokenId} of ${person.handle} is revoked.`);
      }),
    );
}
