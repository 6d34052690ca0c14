// Acknowledging alerts and giving them back: who may have which, all that belongs to it in one transaction.
import type { AuditOrigin } from '../../core/audit/audit.ts';
import { done } from '../../core/audit/audit.ts';
import { formatEvent } from '../../core/audit/event.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import type { AlertNews, AlertsDeps } from './deps.ts';
import { type AlertRow, lockSome, selectSome } from './store.ts';
import { type Holder, insertEvents, updateGivenBack, updateTaken } from './store-acknowledge.ts';

/** Who asks. */
export interface Asker {
  readonly tenant: number;
  readonly holder: Holder;
  readonly origin: AuditOrigin;
  /** Devices about which he may ask; null: all. A device must be in each. */
  readonly scopes: readonly (DeviceSet | null)[];
}

/** What is asked for. */
export type Wish =
  | { readonly what: 'acknowledge'; readonly ids: readonly number[]; readonly comment: string }
  /** With since when somebody has it, ms since 1970, as it was shown; undefined: whoever has it. */
  | {
      readonly what: 'give-back';
      readonly ids: readonly number[];
      readonly at: ReadonlyMap<number, number | undefined>;
    };

/** Why not. */
export interface Refusal {
  readonly code: 'E_ALERT_TAKEN' | 'E_ALERT_OVER' | 'E_NOT_FOUND';
  readonly detail: string;
}

/** `same`: it is so already, which is as good. */
export type Judgment = 'do' | 'same' | Refusal;

type Held = Pick<AlertRow, 'clearedAt' | 'takenAt' | 'takenBy' | 'takenPerson'>;

/** Pure: whether it is he who has it. Who is no person is known by his name. */
export function isHolder(
  { takenBy, takenPerson }: Pick<Held, 'takenBy' | 'takenPerson'>,
  { name, person }: Holder,
): boolean {
  return (
    takenBy !== null && (person === null ? takenPerson === null && takenBy === name : takenPerson === person)
  );
}

/** Pure: what becomes of one alert. `at`: see {@link Wish}. */
export function judge(
  row: Held,
  {
    what,
    holder,
    at,
  }: { readonly what: Wish['what']; readonly holder: Holder; readonly at: number | undefined },
): Judgment {
  if (row.clearedAt !== null)
    return {
      code: 'E_ALERT_OVER',
      detail: `The alert has been over since ${row.clearedAt.toISOString()}; there is nothing to look after any more.`,
    };
  if (row.takenAt === null) return what === 'acknowledge' ? 'do' : 'same';
  const isShown = at === undefined || at === row.takenAt.getTime();
  if (what === 'give-back' ? isShown : isHolder(row, holder)) return what === 'give-back' ? 'do' : 'same';
  return {
    code: 'E_ALERT_TAKEN',
    detail: `${row.takenBy ?? ''} has had this alert since ${row.takenAt.toISOString()}; it is theirs until it is given back.`,
  };
}

type DeviceNameMap = Awaited<ReturnType<AlertsDeps['devices']['name']>>;

/** What became of them. */
export interface Outcome {
  /** As they are now. */
  readonly rows: readonly AlertRow[];
  /** Their devices, by number. */
  readonly names: DeviceNameMap;
  readonly refused: readonly ({ readonly id: number } & Refusal)[];
}

/**
 * Does it with all alerts with which it can be done. @throws MusterError with the reason of the first, when there are none:
 * E_ALERT_TAKEN, E_ALERT_OVER, E_NOT_FOUND
 */
export async function settle(deps: AlertsDeps, by: Asker, wish: Wish): Promise<Outcome> {
  const { sql, devices } = deps;
  const { tenant } = by;
  const known = await withMappedErrors(() => selectSome(sql, tenant, wish.ids));
  const seen = known.filter(({ idx }) => by.scopes.every((scope) => scope?.has(idx) !== false));
  // The device of an alert never changes: its name is read before anything is held.
  const names = await devices.name(
    tenant,
    seen.map(({ idx }) => idx),
  );
  const ids = seen.map(({ id }) => id);
  const { changed, refused } = await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      const rows = await lockSome(tx, tenant, ids);
      const judged = rows.map((row) => ({
        row,
        judgment: judge(row, { what: wish.what, holder: by.holder, at: atOf(wish, row.id) }),
      }));
      const changed = judged.flatMap(({ row, judgment }) => (judgment === 'do' ? [row] : []));
      if (changed.length > 0) await store(deps, tx, { by, wish, changed, names });
      return {
        changed,
        refused: judged.flatMap(({ row, judgment }) =>
          typeof judgment === 'string' ? [] : [{ id: row.id, ...judgment }],
        ),
      };
    }),
  );
  for (const idx of new Set(changed.map((row) => row.idx))) deps.changed(tenant, idx);
  const isSeen = new Set(ids);
  const absent = wish.ids.filter((id) => !isSeen.has(id)).map((id) => ({ id, ...NOWHERE }));
  const all = [...refused, ...absent];
  return { rows: await readSettled(deps, tenant, { ids, refused: all }), names, refused: all };
}

const NOWHERE = { code: 'E_NOT_FOUND', detail: 'There is no alert with that number.' } as const;

function atOf(wish: Wish, id: number): number | undefined {
  return wish.what === 'give-back' ? wish.at.get(id) : undefined;
}

/** Those that were not refused, as they are now. @throws MusterError with the reason of the first, when all were */
async function readSettled(
  { sql }: AlertsDeps,
  tenant: number,
  { ids, refused }: { readonly ids: readonly number[]; readonly refused: Outcome['refused'] },
): Promise<AlertRow[]> {
  const isRefused = new Set(refused.map(({ id }) => id));
  const settled = ids.filter((id) => !isRefused.has(id));
  const [first] = refused;
  if (settled.length === 0 && first !== undefined) throw fail(first.code, { detail: first.detail });
  return withMappedErrors(() => selectSome(sql, tenant, settled));
}

interface Settling {
  readonly by: Asker;
  readonly wish: Wish;
  readonly changed: readonly AlertRow[];
  readonly names: DeviceNameMap;
}

/** The change, its events, and news of it for whoever tells people, all or nothing. */
async function store(
  { announce, clock }: AlertsDeps,
  tx: Parameters<AlertsDeps['announce']>[0],
  { by, wish, changed, names }: Settling,
): Promise<void> {
  const { tenant, holder } = by;
  const ids = changed.map(({ id }) => id);
  if (wish.what === 'acknowledge')
    await updateTaken(tx, { tenant, ids }, { holder, at: new Date(clock.now()), comment: wish.comment });
  else await updateGivenBack(tx, tenant, ids);
  const idxs = [...new Set(changed.map(({ idx }) => idx))];
  const bodies = idxs.map((idx) => {
    const rows = changed.filter((row) => row.idx === idx);
    return formatEvent(eventOf({ by, wish, rows, device: names.get(idx) }));
  });
  await insertEvents(tx, tenant, bodies);
  await announce(
    tx,
    changed.map((row) => newsOf(tenant, row, wish)),
  );
}

/** What the audit says: one event a device, whose history shows it. */
function eventOf({
  by: { tenant, origin },
  wish,
  rows,
  device,
}: {
  readonly by: Asker;
  readonly wish: Wish;
  readonly rows: readonly AlertRow[];
  readonly device: { readonly id: string; readonly hostname: string } | undefined;
}) {
  const had = [...new Set(rows.flatMap(({ takenBy }) => takenBy ?? []))];
  return done(origin, {
    tenant,
    act: `alert.${wish.what}`,
    subject: { kind: 'device', id: device?.id ?? '', name: device?.hostname ?? '' },
    detail: {
      count: rows.length,
      alerts: rows.map(({ id, rule, series }) => `${id} ${rule} ${series}`),
      ...(wish.what === 'acknowledge' ? { comment: wish.comment } : { had }),
    },
  });
}

/** One that is given back is news to all whom it was not told before. */
function newsOf(tenant: number, row: AlertRow, { what }: Wish): AlertNews {
  const { idx, rule, series, severity, value, threshold, firedAt: at } = row;
  const news = { tenant, idx, rule, series, severity, value, threshold, at, isFiring: true };
  return what === 'acknowledge' ? { ...news, isTaken: true } : news;
}
