// Makes a setup link on the host itself: the only way to the first account, for whoever may open the data folder.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from './config.ts';
import { fromHost } from './core/audit/audit.ts';
import { systemClock } from './core/clock.ts';
import { openRunning } from './core/db/running.ts';
import { describeSite, type Site } from './core/http/site.ts';
import { fail } from './errors.ts';
import { findPerson } from './features/access/index.ts';
import { type MadeLink, makeHostLink } from './features/signin/index.ts';
import { findTenant } from './features/trust/index.ts';

function pathOf(dataDir: string): string {
  return join(dataDir, 'public-url');
}

/** Notes where people reach the running server, whatever flags it was started with: its public URL, and the console's port on a second line. */
export async function noteAddresses({ dataDir, publicUrl, consolePort }: ServerConfig): Promise<void> {
  await writeFile(pathOf(dataDir), `${publicUrl}\n${consolePort ?? ''}\n`, { mode: 0o600 });
}

async function readSite({ dataDir, publicUrl, consolePort }: ServerConfig): Promise<Site> {
  try {
    const [url = '', port = ''] = (await readFile(pathOf(dataDir), 'utf8')).split('\n');
    return describeSite(url, port === '' ? undefined : Number(port));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return describeSite(publicUrl, consolePort);
    throw error;
  }
}

/**
 * Makes a link for a person (by handle; null: the first one), in the database of the running server.
 * @throws MusterError E_NOT_RUNNING, E_UNAVAILABLE, E_NOT_FOUND, E_CONFLICT
 */
export async function makeHostSetupLink(config: ServerConfig, handle: string | null): Promise<MadeLink> {
  const site = await readSite(config);
  const { sql, close } = await openRunning(config);
  try {
    const tenant = await findTenant(sql);
    if (tenant === null) throw fail('E_NOT_RUNNING');
    const person = await findPerson(sql, tenant, handle);
    if (person === null)
      throw fail('E_NOT_FOUND', { detail: 'There is no person yet; muster persons add makes one.' });
    return await makeHostLink({ sql, clock: systemClock }, { tenant, person }, { site, origin: fromHost });
  } finally {
    await close();
  }
}
