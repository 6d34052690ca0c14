// What tests and tools use of the server; programs start it through main.ts.
export { type MusterServer, startServer } from './app.ts';
export { createLocalHub, type LocalHub } from './bus/local.ts';
export { loadConfig, type ServerConfig } from './config.ts';
export { systemClock } from './core/clock.ts';
export { attachDatabase, prepareDatabase } from './core/db/database.ts';
export { inTransaction } from './core/db/transaction.ts';
export { choosePipeFolder } from './core/http/pipe-folder.ts';
export { createLogger, silentLog } from './core/log.ts';
export { allPermissions, makeApiToken } from './features/access/index.ts';
export { writeVerifiable } from './features/audit/index.ts';
export { createFleet, type Fleet, type FleetSource } from './features/fleet/index.ts';
export { findEffects } from './features/policies/index.ts';
