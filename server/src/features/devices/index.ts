// Devices: owns the table of devices: identity, state, labels and presence.
export { createDirectory } from './directory.ts';
export { createDeviceNames, type DeviceNames } from './names.ts';
export { findRegistered, type Registered, register, rename } from './registration.ts';
export { registerDeviceRoutes } from './routes.ts';
export { DeviceParams, Labels } from './schema.ts';
export { createTargetSource, type JudgedRow, type TargetSource } from './targets.ts';
