// Devices: owns the table of devices: identity, state, labels and presence.
export { createDirectory, type Directory } from './directory.ts';
export { createDeviceNames, type DeviceNames } from './names.ts';
export { findRegistered, type Registered, register } from './registration.ts';
export { type DeviceRoutesDeps, registerDeviceRoutes } from './routes.ts';
export { DeviceParams, Labels } from './schema.ts';
export { requireDevice } from './service.ts';
