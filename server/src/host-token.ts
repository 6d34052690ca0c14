// Makes an API token on the host itself: whoever may open the data folder may do that, nobody over the network.
import type { ServerConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { openRunning } from './core/db/running.ts';
import { fail } from './errors.ts';
import { allPermissions, makeApiToken } from './features/access/index.ts';
import { findTenant } from './features/trust/index.ts';

const DAY_MS = 86_400_000;

/** What the token is called, and how long it lasts. */
export interface HostTokenRequest {
  readonly name: string;
  readonly days: number;
}

/** Makes a token in the database of the running server. @throws MusterError E_NOT_RUNNING, E_UNAVAILABLE */
export async function makeHostToken(config: ServerConfig, { name, days }: HostTokenRequest): Promise<string> {
  const { sql, close } = await openRunning(config);
  try {
    const tenant = await findTenant(sql);
    if (tenant === null) throw fail('E_NOT_RUNNING');
    const request = { tenant, name, permissions: allPermissions, expiresInMs: days * DAY_MS };
    return await makeApiToken(sql, systemClock, request);
  } finally {
    await close();
  }
}
