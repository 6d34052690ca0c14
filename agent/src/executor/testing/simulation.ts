// What simulations and checks take of the executor: the engine without its process, a disk that loses power, the spool, cycles of policies, and proofs of their rules.
export { nodeCrypto } from '../../identity/crypto.ts';
export { createDisk } from '../../platform/disk.ts';
export { type Engine, type EngineDeps, openEngine } from '../engine.ts';
export {
  FAILPOINT_VARIABLE,
  type FailpointName,
  failpointNames,
  noFailpoint,
  wrapperFailpointNames,
} from '../failpoints.ts';
export { openJournal } from '../journal/journal.ts';
export type { Check as KindCheck, Probe } from '../kinds/kind.ts';
export { makeRoot, plant } from '../kinds/testing/context.ts';
export { tryInjections, tryUnknownParameters } from '../kinds/testing/injections.ts';
export { addDnf, hasAll, makeAptRoot, makeRpmRepository } from '../kinds/testing/repositories.ts';
export type { FromExecutor, ToExecutor } from '../local/messages.ts';
export type { AnyKind } from '../perform.ts';
export { runPolicyCycle } from '../policy/cycle.ts';
export { noMemory } from '../policy/memory.ts';
export { parseResolved } from '../policy/resolved.ts';
export { makeDevice, type TestDevice, wish } from '../policy/testing/machine.ts';
export { proveRefusal, proveRepair } from '../policy/testing/prove.ts';
export type { PolicyMachine } from '../policy/visit.ts';
export { readWork, takeClaim, writeExit } from '../spool/spool.ts';
export type { Units } from '../units.ts';
export {
  createSimulatedDisk,
  type SimulatedDisk,
  type SimulatedDiskOptions,
} from './simulated-disk.ts';
