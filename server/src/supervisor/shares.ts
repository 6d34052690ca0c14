// Shares the limits of a server out among its workers, but for those that are a worker's own.
import type { ServerConfig } from '../config.ts';

/** Fewest connections to the database with which a worker can do its work: one for batches, one for requests. */
const MIN_CONNECTIONS = 2;

/**
 * One worker's share; all have the same. Handshakes are not shared out: they cost a worker its own processor time, and more workers
 * are there so that more can be let in. The rest is rounded up, so that together they may exceed a limit by less than one each; the connections
 * to the database are rounded down, but never below two a worker.
 */
export function shareConfig(config: ServerConfig, cores: number): ServerConfig {
  const { workers } = config;
  const share = (total: number) => Math.ceil(total / workers);
  const connections = Math.min(config.databaseConnections ?? 2 * cores, 2 * cores);
  return {
    ...config,
    databaseConnections: Math.max(MIN_CONNECTIONS, Math.floor(connections / workers)),
    maxSessions: share(config.maxSessions),
    maxUnauthenticated: share(config.maxUnauthenticated),
  };
}
