// Everything agent, server, CLI and console share; schemas for validation stand in ./schemas.ts.
export * from './capability.ts';
export * from './codec.ts';
export * from './errors.ts';
export * from './frames.ts';
export * from './inventory/body.ts';
export * from './inventory/parts.ts';
export * from './inventory/root.ts';
export * from './inventory/section.ts';
export * from './inventory/sections/packages.ts';
export * from './limits.ts';
export type * from './messages/enrollment.ts';
export type * from './messages/inventory.ts';
export type * from './messages/metrics.ts';
export type * from './messages/session.ts';
