// Trust: owns organizations and their chains of trust documents, and the server's signing key.
export { placeGenesis, prepareGenesis } from './genesis.ts';
export { registerTrustRoutes } from './routes.ts';
export { findTenant, openTrust, type Trust } from './service.ts';
