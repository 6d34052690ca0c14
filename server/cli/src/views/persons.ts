// Persons: who they are, whether they are signers, and their keys.
import type { Person } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { drawTable } from '../output/table.ts';

function nameHeldKey({ keyid, name, scheme }: Person['keys'][number]): string {
  return `${keyid} (${scheme === 'ed25519' ? '' : 'passkey, '}${name})`;
}

function nameRole({ name, where }: Person['roles'][number]): string {
  return where === null ? name : `${name} where ${where}`;
}

/** Draws the list. */
export function drawPersons(persons: readonly Person[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'person' },
      { title: 'name' },
      { title: 'roles', asIs: true },
      { title: 'signer' },
      { title: 'keys' },
      { title: 'tokens', align: 'right' },
    ],
    persons.map(({ handle, name, roles, disabledAt, signerId, keys, tokens }) => [
      handle,
      name,
      disabledAt === null ? roles.map(nameRole).join(', ') : { text: 'disabled', tone: 'bad' },
      signerId === null ? { text: 'no', tone: 'quiet' } : signerId === handle ? 'yes' : `as ${signerId}`,
      keys.map(nameHeldKey).join(', '),
      String(tokens.length),
    ]),
    canvas,
  );
}
