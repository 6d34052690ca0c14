// Makes an API token on the host itself: whoever may open the data folder may do that, nobody over the network.
import type { ServerConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import type { RawSql } from './core/db/pool.ts';
import { openRunning } from './core/db/running.ts';
import { fail } from './errors.ts';
import { EVERY_PERMISSION, findPerson, makeApiToken, revokeApiToken } from './features/access/index.ts';
import { findTenant } from './features/trust/index.ts';

const DAY_MS = 86_400_000;

/** What the token is called, and how long it lasts. */
export interface HostTokenRequest {
  readonly name: string;
  readonly days: number;
  /** Handle of the person it belongs to; null: the first one, who is the first signer. */
  readonly person: string | null;
}

/** Runs work on the database of the running server. */
async function onRunning<T>(
  config: ServerConfig,
  work: (sql: RawSql, tenant: number) => Promise<T>,
): Promise<T> {
  const { sql, close } = await openRunning(config);
  try {
    const tenant = await findTenant(sql);
    if (tenant === null) throw fail('E_NOT_RUNNING');
    return await work(sql, tenant);
  } finally {
    await close();
  }
}

/** Ends a token, given by its text or its id. @throws MusterError E_NOT_FOUND, E_NOT_RUNNING, E_UNAVAILABLE */
export async function revokeHostToken(config: ServerConfig, token: string): Promise<void> {
  const isEnded = await onRunning(config, (sql, tenant) => revokeApiToken(sql, tenant, token));
  if (!isEnded) throw fail('E_NOT_FOUND', { detail: 'No token in force has that id.' });
}

/** Makes a token in the database of the running server. @throws MusterError E_NOT_RUNNING, E_UNAVAILABLE, E_NOT_FOUND */
export function makeHostToken(config: ServerConfig, request: HostTokenRequest): Promise<string> {
  const { name, days } = request;
  return onRunning(config, async (sql, tenant) => {
    const person = await findPerson(sql, tenant, request.person);
    const expiresInMs = days * DAY_MS;
    return makeApiToken(sql, systemClock, {
      tenant,
      name,
      permissions: [EVERY_PERMISSION],
      expiresInMs,
      person,
    });
  });
}
