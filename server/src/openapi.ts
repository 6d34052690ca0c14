// The OpenAPI document as `pnpm generate` writes it into docs/.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './app.ts';
import { loadConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { silentLog } from './core/log.ts';

/** The document as `pnpm generate` writes it: of a server that is started for it in a temporary folder. */
export async function readOpenApi(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-openapi-'));
  try {
    const argv = ['--data-dir', folder, '--port', '0', '--public-url', 'https://127.0.0.1:8443'];
    const config = loadConfig({ argv, env: {}, folder, readFile: () => undefined });
    const server = await startServer(config, { clock: systemClock, log: silentLog });
    try {
      return server.app.swagger();
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
