// `muster persons grant` and its like: which roles a person holds, and whether anybody may act for him.
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import type { Person } from '../api/types.ts';
import { confirm } from '../input/ask.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawPersons } from '../views/persons.ts';
import { findRole } from './roles.ts';

/** Finds the person somebody means. */
type FindPerson = (session: Session, text: string) => Promise<Person>;

/** Adds the subcommands to `persons`. */
export function registerPersonRoles(persons: Command, terminal: Terminal, findPerson: FindPerson): void {
  registerGrant(persons, terminal, findPerson);
  registerWithdraw(persons, terminal, findPerson);
  registerDisable(persons, terminal, findPerson);
}

function registerGrant(persons: Command, terminal: Terminal, findPerson: FindPerson): void {
  persons
    .command('grant')
    .summary('give a person a role')
    .description(
      'Gives a person a role, or changes its limit. With --where it holds on some devices only, and what is about the organization as a whole is not part of it.',
    )
    .argument('<person>', 'short name of the person')
    .argument('<role>', 'name or id of the role')
    .option('--where <expression>', 'only on devices for which this holds, as label("env") == "test"')
    .action((...[who, text, { where }, command]: [string, string, { readonly where?: string }, Command]) =>
      withSession(terminal, command, async (session) => {
        const person = await findPerson(session, who);
        const role = await findRole(session, text);
        const changed = await take(
          session.api.http.PUT('/api/v1/persons/{id}/roles/{role}', {
            params: { path: { id: person.id, role: role.id } },
            body: { where: where ?? null },
          }),
        );
        session.print(changed, (canvas) => drawPersons([changed], canvas));
      }),
    );
}

function registerWithdraw(persons: Command, terminal: Terminal, findPerson: FindPerson): void {
  persons
    .command('withdraw')
    .summary('take a role from a person')
    .description('Takes a role from a person at once, with what his tokens and sessions could do by it.')
    .argument('<person>', 'short name of the person')
    .argument('<role>', 'name or id of the role')
    .action((...[who, text, , command]: [string, string, unknown, Command]) =>
      withSession(terminal, command, async (session) => {
        const person = await findPerson(session, who);
        const role = await findRole(session, text);
        const changed = await take(
          session.api.http.DELETE('/api/v1/persons/{id}/roles/{role}', {
            params: { path: { id: person.id, role: role.id } },
          }),
        );
        session.print(changed, (canvas) => drawPersons([changed], canvas));
      }),
    );
}

function registerDisable(persons: Command, terminal: Terminal, findPerson: FindPerson): void {
  persons
    .command('disable')
    .summary('let nobody act for a person any more')
    .description('Disables a person: neither he nor his tokens get in until muster persons enable.')
    .argument('<person>', 'short name of the person')
    .option('--yes', 'do it without asking')
    .action((who: string, options: { readonly yes?: true }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const { id, handle } = await findPerson(session, who);
        if (options.yes !== true)
          await confirm(
            terminal,
            {
              consequence: `${handle} and all tokens of ${handle} will be shut out at once.`,
              word: 'disable',
            },
            session.mayAsk,
          );
        const changed = await take(
          session.api.http.PATCH('/api/v1/persons/{id}', {
            params: { path: { id } },
            body: { disabled: true },
          }),
        );
        if (session.json) session.print(changed, () => '');
        session.note(`${handle} is disabled.`);
      }),
    );
  persons
    .command('enable')
    .summary('let a disabled person in again')
    .description('Lets a disabled person in again, with the roles and tokens he had.')
    .argument('<person>', 'short name of the person')
    .action((who: string, _options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const { id, handle } = await findPerson(session, who);
        const changed = await take(
          session.api.http.PATCH('/api/v1/persons/{id}', {
            params: { path: { id } },
            body: { disabled: false },
          }),
        );
        if (session.json) session.print(changed, () => '');
        session.note(`${handle} is enabled.`);
      }),
    );
}
