// Before the first run: makes the server's own keys, says what a first trust document must name, and takes it in.
import { join } from 'node:path';
import { openTls } from './app.ts';
import type { ServerConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { placeGenesis, prepareGenesis } from './features/trust/index.ts';

function keyFolderOf({ dataDir }: ServerConfig): string {
  return join(dataDir, 'keys');
}

/** Makes server key and TLS key where they are missing; only their public parts are answered. @throws MusterError E_CONFLICT, E_TLS */
export async function prepareHost(config: ServerConfig) {
  const tls = await openTls(config, systemClock);
  const { organization } = config;
  const request = { keyFolder: keyFolderOf(config), organization, spkiPin: tls?.spkiPin ?? null };
  return { ...(await prepareGenesis(request)), url: config.publicUrl, ca: tls?.ca ?? null };
}

/** Keeps the document for the first run. @throws MusterError E_GENESIS, E_TRUST_CHAIN and those of a document that does not verify */
export function placeHostGenesis(config: ServerConfig, text: string) {
  return placeGenesis(keyFolderOf(config), text);
}
