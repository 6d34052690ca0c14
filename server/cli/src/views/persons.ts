// Persons: who they are, whether they are signers, and their keys.
import type { Person } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { drawTable } from '../output/table.ts';

/** Draws the list. */
export function drawPersons(persons: readonly Person[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'person' },
      { title: 'name' },
      { title: 'signer' },
      { title: 'keys' },
      { title: 'tokens', align: 'right' },
    ],
    persons.map(({ handle, name, signerId, keys, tokens }) => [
      handle,
      name,
      signerId === null ? { text: 'no', tone: 'quiet' } : signerId === handle ? 'yes' : `as ${signerId}`,
      keys.map((key) => `${key.keyid} (${key.name})`).join(', '),
      String(tokens.length),
    ]),
    canvas,
  );
}
