// Registers devices that enroll in batches: what comes together is one statement, and who is refused costs the others nothing.
import { fail as failProtocol, isMusterError, type MusterError } from '@muster/protocol';
import { createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import { isConflict, mapDatabaseError } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import {
  describeDevice,
  type NewDevice,
  type Registered,
  registerAll,
  type WantedDevice,
} from '../devices/index.ts';
import {
  ENROLL_WAIT_MS,
  MAX_BATCH_ENROLLMENTS,
  MAX_ENROLL_ATTEMPTS,
  MAX_QUEUED_ENROLLMENTS,
} from './limits.ts';
import { spendTokens } from './store.ts';

/** What it needs. */
export interface RegistrarDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly tenant: number;
}

/** Registers devices whose signatures are right. */
export interface Registrar {
  /**
   * Resolves after the commit; a device whose key is known is answered as before and spends nothing. Rejects with E_TOKEN, E_TOKEN_REVOKED,
   * E_TOKEN_EXPIRED, E_TOKEN_SPENT, E_BUSY where there is no room, E_UNAVAILABLE where the database did not answer: it may be registered then.
   */
  register(device: WantedDevice): Promise<Registered>;
  /** Registers who waits. */
  stop(): Promise<void>;
}

const refusals = ['E_TOKEN', 'E_TOKEN_REVOKED', 'E_TOKEN_EXPIRED', 'E_TOKEN_SPENT'] as const;

interface Enrollment {
  readonly device: NewDevice;
  readonly key: string;
  outcome: Registered | MusterError | undefined;
}

/** Makes it. One batch at a time: batches of one token would wait for each other in the database. */
export function createRegistrar(deps: RegistrarDeps): Registrar {
  const writer = createBatchWriter<Enrollment>({
    name: 'enrollment',
    maxQueued: MAX_QUEUED_ENROLLMENTS,
    maxRows: MAX_BATCH_ENROLLMENTS,
    maxMs: ENROLL_WAIT_MS,
    inFlight: 1,
    flush: (batch) => registerBatch(deps, batch),
    clock: deps.clock,
  });
  return {
    async register(described) {
      const device = describeDevice(described);
      const key = Buffer.from(device.deviceKey).toString('base64');
      const row: Enrollment = { device, key, outcome: undefined };
      await writer.write(row);
      if (row.outcome === undefined) throw new Error('an enrollment was not decided');
      if (isMusterError(row.outcome)) throw row.outcome;
      return row.outcome;
    },
    stop: () => writer.stop(),
  };
}

/** Sockets with one key share what became of the first, unless it was refused and they bring another token. */
async function registerBatch(deps: RegistrarDeps, batch: readonly Enrollment[]): Promise<void> {
  const undecided = () => batch.filter(({ outcome }) => outcome === undefined);
  for (let open = undecided(); open.length > 0; open = undecided()) {
    const firsts = new Map<string, Enrollment>();
    for (const one of open) if (!firsts.has(one.key)) firsts.set(one.key, one);
    await decide(deps, [...firsts.values()]);
    for (const one of open) if (one.outcome === undefined) one.outcome = outcomeOfTwin(one, firsts);
  }
}

function outcomeOfTwin(
  { key, device }: Enrollment,
  firsts: ReadonlyMap<string, Enrollment>,
): Enrollment['outcome'] {
  const first = firsts.get(key);
  if (first?.outcome === undefined) return undefined;
  if (!isMusterError(first.outcome)) return { ...first.outcome, isNew: false };
  return first.device.tokenId === device.tokenId ? first.outcome : undefined;
}

/** While the database is away nobody is kept waiting: the device comes again. Throws what one of them is at fault for. */
async function decide(deps: RegistrarDeps, enrollments: readonly Enrollment[]): Promise<void> {
  try {
    const outcomes = await registerPatiently(deps, enrollments);
    for (const [at, one] of enrollments.entries()) one.outcome = toOutcome(outcomes[at]);
  } catch (error) {
    const mapped = mapDatabaseError(error);
    if (!isMusterError(mapped)) throw mapped;
    for (const one of enrollments) one.outcome = mapped;
  }
}

async function registerPatiently(
  { sql, tenant }: RegistrarDeps,
  enrollments: readonly Enrollment[],
): Promise<(Registered | string)[]> {
  const devices = enrollments.map(({ device }) => device);
  const tokens = [...new Set(devices.map(({ tokenId }) => tokenId))];
  for (let attempt = 1; ; attempt++) {
    try {
      return await registerAll(sql, { tenant, devices, judgment: spendTokens(sql, tenant, tokens) });
    } catch (error) {
      // Sockets with one new key may race on two processes: the loser finds what the winner wrote.
      if (attempt >= MAX_ENROLL_ATTEMPTS || !isConflict(error, 'device_key_unique')) throw error;
    }
  }
}

function toOutcome(outcome: Registered | string | undefined): Registered | MusterError {
  if (typeof outcome === 'object') return outcome;
  const code = refusals.find((one) => one === outcome);
  if (code === undefined) throw new Error('an enrollment was judged by an unknown code');
  return failProtocol(code);
}
