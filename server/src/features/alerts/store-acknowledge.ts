// Statements of acknowledging: who has alerts, and the events of that.
import { insertPendingBodies } from '../../core/audit/store.ts';
import { int8s, texts } from '../../core/db/columns.ts';
import type { RawTransaction } from '../../core/db/pool.ts';

/** Who has an alert from here on. */
export interface Holder {
  readonly name: string;
  /** Id of the person; null: a token of nobody. */
  readonly person: string | null;
}

/** Gives alerts to somebody; they are held by this transaction. */
export async function updateTaken(
  tx: RawTransaction,
  { tenant, ids }: { readonly tenant: number; readonly ids: readonly number[] },
  { holder, at, comment }: { readonly holder: Holder; readonly at: Date; readonly comment: string },
): Promise<void> {
  await tx`
    UPDATE alert SET taken_at = ${at}, taken_by = ${holder.name}, taken_person = ${holder.person}, taken_comment = ${comment}
    WHERE tenant = ${tenant} AND id = ANY(${int8s(tx, ids)})`;
}

/** Nobody has them any more. */
export async function updateGivenBack(
  tx: RawTransaction,
  tenant: number,
  ids: readonly number[],
): Promise<void> {
  await tx`
    UPDATE alert SET taken_at = NULL, taken_by = NULL, taken_person = NULL, taken_comment = ''
    WHERE tenant = ${tenant} AND id = ANY(${int8s(tx, ids)})`;
}

/** Events of the audit, all by one statement. */
export async function insertEvents(
  tx: RawTransaction,
  tenant: number,
  bodies: readonly string[],
): Promise<void> {
  await tx`
    WITH audited AS (SELECT body FROM unnest(${texts(tx, bodies)}) AS one (body)) ${insertPendingBodies(tx, tenant)}`;
}
