// The statement that changes a person's name.
import type { RawSql } from '../../core/db/pool.ts';

/** Gives a person another name for people. */
export async function renamePerson(
  tx: RawSql,
  { tenant, id, name }: { readonly tenant: number; readonly id: string; readonly name: string },
): Promise<void> {
  await tx`UPDATE person SET name = ${name} WHERE tenant = ${tenant} AND id = ${id}`;
}
