// Devices: owns the table of devices: identity, state, labels and presence.
export { createDirectory } from './directory.ts';
export { fenceSessions, noFence, refuseSucceeded, type SessionFence } from './fence.ts';
export { createFleetRows } from './fleet-rows.ts';
export { createDeviceNames, type DeviceNames } from './names.ts';
export {
  describeDevice,
  type Registered,
  registerAll,
  rename,
  type WantedDevice,
} from './registration.ts';
export { registerDeviceRoutes } from './routes.ts';
export { DeviceParams, Labels } from './schema.ts';
export { type ClockWitness, selectClockWitness } from './store.ts';
export type { Judgment, NewDevice } from './store-registration.ts';
export { createTargetSource, type TargetSource } from './targets.ts';
