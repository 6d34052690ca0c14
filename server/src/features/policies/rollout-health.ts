// How the devices inside and outside of a wave fare: sets of the fleet index, put together with what they said.
import { compileExpression, type Expression } from '@muster/protocol/language';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Fleet } from '../fleet/index.ts';
import { GONE_MINUTES, MAX_WATCHED_MINUTES } from './limits.ts';
import { type Health, isInside, type Kinds, type Rollout, type Side } from './rollout.ts';
import { countStandings, selectRefused } from './store-states.ts';

/** Devices of which some other feature says that something went wrong since then. */
export type ReadTroubled = (tenant: number, since: Date) => Promise<readonly number[]>;

/** Who says so. */
export interface TroubleSources {
  /** Items came to stand in error. */
  readonly erring: ReadTroubled;
  /** Critical alerts fired, and are open. */
  readonly critical: ReadTroubled;
}

/** What is handed in. */
export interface HealthDeps {
  readonly sql: RawSql;
  readonly tenant: number;
  readonly fleet: Pick<Fleet, 'sets'>;
  readonly sources: TroubleSources;
}

const online = askServer('presence == "online"');

function askServer(text: string): Expression {
  return compileExpression(text, { for: 'server' });
}

/** Who was online since then, and of them who is gone for a while. */
function askSince(watchedFrom: Date, nowMs: number) {
  const minutes = Math.ceil(Math.max(0, nowMs - watchedFrom.getTime()) / 60_000) + 1;
  const seen = `seen("${Math.min(minutes, MAX_WATCHED_MINUTES)}m")`;
  return {
    known: askServer(seen),
    gone: askServer(`${seen} && presence != "online" && !seen("${GONE_MINUTES}m")`),
  };
}

/** Reads it. @throws MusterError E_INDEX, E_BUSY, E_UNAVAILABLE */
export async function readHealth(
  { sql, tenant, fleet, sources }: HealthDeps,
  rollout: Rollout,
  nowMs: number,
): Promise<Health> {
  const { watchedFrom, digest } = rollout;
  const ask = askSince(watchedFrom, nowMs);
  const mean = (expression: Expression | null) => ({ expression, state: 'active', within: null }) as const;
  const none = new Uint8Array(0);
  const [active = none, here = none, known = none, gone = none] = await fleet.sets(tenant, [
    mean(null),
    mean(online),
    mean(ask.known),
    mean(ask.gone),
  ]);
  const inside = mark(active, (idx) => isInside(rollout, idx));
  const hereInside = both(here, inside);
  const within = { bytes: () => hereInside };
  const [refused, erring, critical, standings] = await withMappedErrors(() =>
    Promise.all([
      selectRefused(sql, tenant, watchedFrom),
      sources.erring(tenant, watchedFrom),
      sources.critical(tenant, watchedFrom),
      countStandings(sql, tenant, { digest, within }),
    ]),
  );
  const bits = { refused: toBits(refused), error: toBits(erring), critical: toBits(critical), gone };
  const troubled = unite(Object.values(bits));
  const knownInside = both(known, inside);
  const sideOf = (these: Uint8Array): Side => ({
    known: count(these),
    troubled: count(both(these, troubled)),
  });
  const said = new Map(standings.map((one) => [one.standing, one.count]));
  const kindOf = (name: keyof Kinds) => count(both(knownInside, bits[name]));
  return {
    inside: sideOf(knownInside),
    outside: sideOf(mark(known, (idx) => !isInside(rollout, idx))),
    kinds: {
      refused: kindOf('refused'),
      error: kindOf('error'),
      critical: kindOf('critical'),
      gone: kindOf('gone'),
    },
    told: count(inside),
    online: count(hereInside),
    holders: standings.reduce((sum, one) => sum + one.count, 0),
    settled: (said.get('current') ?? 0) + (said.get('refused') ?? 0),
  };
}

/** Those of a set for which something holds. */
function mark(bits: Uint8Array, holds: (idx: number) => boolean): Uint8Array {
  return bits.map((byte, at) => {
    let kept = 0;
    for (let bit = 0; byte >> bit > 0; bit++) if ((byte >> bit) & 1 && holds(at * 8 + bit)) kept |= 1 << bit;
    return kept;
  });
}

function both(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((byte, at) => byte & (other[at] ?? 0));
}

function unite(all: readonly Uint8Array[]): Uint8Array {
  const bits = new Uint8Array(all.reduce((most, { length }) => Math.max(most, length), 0));
  for (const one of all) for (const [at, byte] of one.entries()) bits[at] = (bits[at] ?? 0) | byte;
  return bits;
}

function toBits(idxs: readonly number[]): Uint8Array {
  const bits = new Uint8Array((idxs.reduce((most, idx) => Math.max(most, idx), -1) >> 3) + 1);
  for (const idx of idxs) bits[idx >> 3] = (bits[idx >> 3] ?? 0) | (1 << (idx & 7));
  return bits;
}

function count(bits: Uint8Array): number {
  let sum = 0;
  for (const byte of bits) for (let rest = byte; rest > 0; rest &= rest - 1) sum += 1;
  return sum;
}
