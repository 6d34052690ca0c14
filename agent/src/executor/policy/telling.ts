// Tells the core what a cycle found, as far as it is not what was told before; what the core has on its disk is written down.
import { createHash } from 'node:crypto';
import type { PolicyItem } from '@muster/protocol';
import {
  MAX_FOUND_CHARS,
  MAX_REPORTED_GONE,
  MAX_REPORTED_ITEMS,
  MAX_TOLD_STEPS,
} from '@muster/protocol/policy';
import { isDiskFull } from '../../platform/storage.ts';
import type { FromExecutor } from '../local/messages.ts';
import type { ItemReport } from './cycle.ts';
import type { CycleFiles, Told, WholeReport } from './cycle-files.ts';
import { CONFIRM_MS, MAX_TOLD_BYTES, STILL_HERE_MS } from './limits.ts';

/** What a device says at once. */
type Body = Extract<FromExecutor, { type: 'policy.items' }>['body'];

/** What the core lacks. */
export interface Lack {
  readonly set: string | null;
  /** When the cycle was over, ms since 1970. */
  readonly atMs: number;
  /** Nothing that was told before is known here. */
  readonly isNew: boolean;
  readonly items: readonly PolicyItem[];
  readonly gone: readonly string[];
}

/** What telling needs. */
export interface TellingDeps {
  readonly files: CycleFiles;
  /** True while policies are held: what a report says counts only then. */
  isHeld(): Promise<boolean>;
  /** To the core; false while nobody listens. */
  send(message: FromExecutor): boolean;
  now(): number;
  fatal(error: unknown): void;
  readonly log: { warn(fields: object, message: string): void };
}

/** Tells. */
export interface Telling {
  /** Says what the core does not have; again where it has not confirmed. */
  tell(): Promise<void>;
  /** The core has that part on its disk. */
  confirmed(n: number): Promise<void>;
  /** True while the core may be about to confirm. */
  isBusy(): boolean;
}

/** A text that the wire takes, and no terminal does anything by; of whole characters. */
const plain = (text: string) =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .slice(0, MAX_FOUND_CHARS)
    .toWellFormed();

function toItem(report: ItemReport): PolicyItem {
  const { item, rule, mode, state, code, sinceMs, found, wanted, reason, done } = report;
  return {
    ...{ item, policy: rule.policy, rule: rule.id, mode, state },
    code: code === '' ? null : code,
    since: new Date(sinceMs).toISOString(),
    ...{ found: plain(found), wanted: plain(wanted), reason: plain(reason) },
    done: done.slice(0, MAX_TOLD_STEPS).map(plain),
  };
}

/** What was done is told with the change that it made, and makes none by itself. */
function hashOf({ done: _done, ...item }: PolicyItem): string {
  return createHash('sha256').update(JSON.stringify(item)).digest('base64url').slice(0, 16);
}

/** As many as one message takes: so many, of so many bytes, and at least one. */
function takeSome<T>(all: readonly T[], most: number, maxBytes: number): readonly T[] {
  const some: T[] = [];
  let bytes = 0;
  for (const one of all.slice(0, most)) {
    bytes += Buffer.byteLength(JSON.stringify(one));
    if (bytes > maxBytes && some.length > 0) break;
    some.push(one);
  }
  return some;
}

/** What `told` lacks of what a cycle found; null: nothing, or nothing was ever to tell. Pure. */
function findLack(
  report: Omit<WholeReport, 'id' | 'set'> & Pick<Told, 'set'>,
  told: Told | null,
  nowMs: number,
): Lack | null {
  const { set, atMs } = report;
  const known = told?.items ?? {};
  const all = report.items.map(toItem);
  const items = all.filter((item) => known[item.item] !== hashOf(item));
  const named = new Set(all.map(({ item }) => item));
  const gone = Object.keys(known).filter((item) => !named.has(item));
  if (told === null) return set === null ? null : { set, atMs, isNew: true, items, gone };
  const isOther = items.length > 0 || gone.length > 0 || told.set !== set;
  const isLate = set !== null && Math.abs(nowMs - told.atMs) >= STILL_HERE_MS;
  return isOther || isLate ? { set, atMs, isNew: false, items, gone } : null;
}

/** One message of it, and what is lacking afterwards; null: nothing. */
function takePart({ set, atMs, isNew, items, gone }: Lack): {
  readonly body: Body;
  readonly rest: Lack | null;
} {
  const some = takeSome(items, MAX_REPORTED_ITEMS, MAX_TOLD_BYTES / 2);
  const someGone = takeSome(gone, MAX_REPORTED_GONE, MAX_TOLD_BYTES / 2);
  const body = { at: new Date(atMs).toISOString(), set, reset: isNew, items: some, gone: someGone };
  const rest = {
    set,
    atMs,
    isNew: false,
    items: items.slice(some.length),
    gone: gone.slice(someGone.length),
  };
  return { body, rest: rest.items.length + rest.gone.length > 0 ? rest : null };
}

/** What the core has with that message. */
function addTold(told: Told | null, { set, items, gone }: Body, nowMs: number): Told {
  const known = new Map(Object.entries(told?.items ?? {}));
  for (const item of gone) known.delete(item);
  for (const item of items) known.set(item.item, hashOf(item));
  return { set, atMs: nowMs, items: Object.fromEntries(known) };
}

/** Makes it. */
export function createTelling(deps: TellingDeps): Telling {
  const { files, isHeld, send, now, log, fatal } = deps;
  let n = 0;
  /** The number that is being written down, or was. */
  let taken = 0;
  let said: { readonly body: Body; readonly rest: Lack | null } | null = null;
  let saidAt = Number.NEGATIVE_INFINITY;
  let turn: Promise<void> = Promise.resolve();

  async function look(): Promise<Lack | null> {
    const told = await files.told();
    if (!(await isHeld())) return findLack({ set: null, atMs: now(), items: [] }, told, now());
    const report = await files.report();
    return report === null ? null : findLack(report, told, now());
  }

  function say(lack: Lack | null): void {
    said = lack === null ? null : takePart(lack);
    if (said === null) return;
    n += 1;
    const isSent = send({ type: 'policy.items', n, body: said.body });
    saidAt = isSent ? performance.now() : Number.NEGATIVE_INFINITY;
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work).catch((err: unknown) => {
      if (!isDiskFull(err)) return fatal(err);
      log.warn({ err }, 'what was told of policies could not be written down; it is told again');
    });
    return turn;
  }

  return {
    tell: () => inTurn(async () => say(await look())),
    async confirmed(confirmed) {
      // Whatever a core says again and again, one of it waits.
      if (said === null || confirmed !== n || confirmed === taken) return;
      taken = confirmed;
      return inTurn(async () => {
        if (said === null || confirmed !== n) return;
        const { body, rest } = said;
        try {
          await files.setTold(addTold(await files.told(), body, now()));
        } catch (error) {
          // It may be confirmed again.
          taken = 0;
          throw error;
        }
        say(rest);
      });
    },
    isBusy: () => said !== null && performance.now() - saidAt < CONFIRM_MS,
  };
}
