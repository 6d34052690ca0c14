// Devices: owns the table of devices: identity, state, labels and presence.
export { createDirectory, type Directory } from './directory.ts';
export { findRegistered, type Registered, register } from './registration.ts';
export { Labels } from './schema.ts';
