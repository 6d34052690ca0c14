// `muster roles`: what roles allow, and roles of one's own.
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import type { Role } from '../api/types.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawPermissions, drawRole, drawRoles } from '../views/roles.ts';
import { refuseStrayWords } from './group.ts';

/** The role somebody means: by id or exact name. @throws MusterError E_USAGE naming all */
export async function findRole({ api }: Pick<Session, 'api'>, text: string): Promise<Role> {
  const { items } = await take(api.http.GET('/api/v1/roles'));
  const found = items.find(({ id, name }) => id === text || name === text);
  if (found !== undefined) return found;
  const names = items.map(({ id, name, isBuiltIn }) => (isBuiltIn ? id : name)).join(', ');
  throw fail('E_USAGE', { detail: `No role is called ${text}; there are ${names}.` });
}

/** Registers the command and its subcommands. */
export function registerRoles(program: Command, terminal: Terminal): void {
  const roles = program
    .command('roles')
    .summary('see and make roles')
    .description('Lists roles: those that come with the server, and your own.')
    .allowExcessArguments(true)
    .action((_options: unknown, command: Command) => {
      refuseStrayWords(command, 'Its subcommands are list, show, permissions, add, change and remove.');
      return withSession(terminal, command, list);
    });
  roles
    .command('list')
    .summary('list roles')
    .description('Lists roles: those that come with the server, and your own.')
    .action((_options: unknown, command: Command) => withSession(terminal, command, list));
  roles
    .command('show')
    .summary('show what a role allows')
    .description('Shows what a role allows, and on which devices.')
    .argument('<role>', 'name or id of the role')
    .action((text: string, _options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const role = await findRole(session, text);
        session.print(role, (canvas) => drawRole(role, canvas));
      }),
    );
  roles
    .command('permissions')
    .summary('list what roles can allow')
    .description('Lists every permission, what it allows, and whether it can be limited to some devices.')
    .action((_options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const page = await take(session.api.http.GET('/api/v1/permissions'));
        session.print(page, (canvas) => drawPermissions(page.items, canvas));
      }),
    );
  registerMaking(roles, terminal);
  registerRemove(roles, terminal);
}

async function list(session: Session): Promise<void> {
  const page = await take(session.api.http.GET('/api/v1/roles'));
  session.print(page, (canvas) => drawRoles(page.items, canvas));
}

interface RoleOptions {
  readonly allow: readonly string[];
  readonly kinds?: readonly string[];
  readonly contents?: readonly string[];
  readonly description?: string;
}

/** A permission, or one with a limit: `jobs.write where label("env") == "test"`. */
function toGrant(text: string, { kinds, contents }: RoleOptions) {
  const [, permission = '', where] = /^(\S+)(?:\s+where\s+(.+))?$/s.exec(text.trim()) ?? [];
  if (permission === '')
    throw fail('E_USAGE', {
      detail: `${text} is no permission; write it as jobs.write, or as jobs.write where label("env") == "test".`,
    });
  const orders = permission === 'jobs.write' || permission === 'jobs.approve';
  return {
    permission,
    ...(where !== undefined && { where }),
    ...(orders && kinds !== undefined && { kinds: [...kinds] }),
    ...(orders && contents !== undefined && { contents: [...contents] }),
  };
}

function toBody(name: string, options: RoleOptions) {
  const { description, allow } = options;
  return {
    name,
    ...(description !== undefined && { description }),
    grants: allow.map((text) => toGrant(text, options)),
  };
}

function addRoleOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--allow <permission...>',
        'what it allows: devices.read, or jobs.write where label("env") == "test"',
      ).makeOptionMandatory(),
    )
    .option('--kinds <kind...>', 'only orders of these kinds, as service.restart')
    .option('--contents <digest...>', 'only orders of this signed content, as muster content shows it')
    .option('--description <text>', 'what it is for');
}

function registerMaking(roles: Command, terminal: Terminal): void {
  const add = roles
    .command('add')
    .summary('make a role')
    .description(
      'Makes a role. It becomes as narrow as what you may do yourself: nobody gives what he has not.',
    )
    .argument('<name>', 'name for people');
  addRoleOptions(add).action((name: string, options: RoleOptions, command: Command) =>
    withSession(terminal, command, async (session) => {
      const role = await take(session.api.http.POST('/api/v1/roles', { body: toBody(name, options) }));
      session.print(role, (canvas) => drawRole(role, canvas));
      session.note(`Next: muster persons grant <person> '${role.name}'`);
    }),
  );
  const change = roles
    .command('change')
    .summary('change what a role of your own allows')
    .description(
      'Changes what a role allows, at once and for all who hold it. What is not named is taken away.',
    )
    .argument('<role>', 'name or id of the role');
  addRoleOptions(change)
    .option('--name <text>', 'another name')
    .action((text: string, options: RoleOptions & { readonly name?: string }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const { id, name } = await findRole(session, text);
        const role = await take(
          session.api.http.PUT('/api/v1/roles/{id}', {
            params: { path: { id } },
            body: toBody(options.name ?? name, options),
          }),
        );
        session.print(role, (canvas) => drawRole(role, canvas));
      }),
    );
}

function registerRemove(roles: Command, terminal: Terminal): void {
  roles
    .command('remove')
    .summary('delete a role of your own')
    .description('Deletes a role that nobody holds.')
    .argument('<role>', 'name or id of the role')
    .option('--yes', 'do it without asking')
    .action((text: string, options: { readonly yes?: true }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const role = await findRole(session, text);
        if (options.yes !== true)
          await confirm(
            terminal,
            { consequence: `The role ${role.name} will be gone.`, word: 'remove' },
            session.mayAsk,
          );
        const removed = await take(
          session.api.http.DELETE('/api/v1/roles/{id}', { params: { path: { id: role.id } } }),
        );
        if (session.json) session.print(removed, () => '');
        session.note(`The role ${role.name} is gone.`);
      }),
    );
}
