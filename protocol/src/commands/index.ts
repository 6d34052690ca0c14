// Commands for all sides: documents, kinds, targets, verification. Apart from the main entry, so that the agent's core stays small.
// What people and servers sign, and what devices answer.
export type { Command, ListedTarget, Targets } from './command.ts';
export { COMMAND_TYPE } from './command.ts';
export type { Content, ContentParameter, ContentPlace } from './content.ts';
export { CONTENT_TYPE } from './content.ts';
export { findContentFault, findUseFault } from './content-use.ts';
// What the owner of a device forbids.
export { type DenyRule, findDenial } from './deny.ts';
// Opening a document: signatures, strict JSON, schema; in this order, whoever reads it.
export {
  checkKindArgs,
  documentDigest,
  type OpenedDocument,
  openDocument,
  parseDocument,
} from './document.ts';
export type { Freshness } from './freshness.ts';
export { FRESHNESS_TYPE } from './freshness.ts';
export { HALT_TYPE, type Halt, type HaltLift, type HaltScope, LIFT_TYPE } from './halt.ts';
// What stops work, and what lets it go on.
export { findHalt, type HaltContext, type HaltInForce, isHaltOver, openHalt, openLift } from './halts.ts';
// Facts about kinds of command that every side needs.
export {
  commandKinds,
  isCommandKind,
  type KindEntry,
  kindEntry,
  matchesKind,
  type RepeatClass,
} from './kind-table.ts';
export type { CommandKind, KindArgs } from './kinds.ts';
// Numbers that every side enforces.
export * from './limits.ts';
export type { Result } from './result.ts';
export { RESULT_TYPE } from './result.ts';
export { checkQuorum, hasRole, type QuorumQuestion, signersNeeded, signerVerifyKeys } from './signers.ts';
export {
  buildTargetTree,
  holdsProof,
  isStrictlySorted,
  type TargetProof,
  type TargetTree,
} from './targets.ts';
export {
  type CommandOffer,
  checkFreshness,
  checkNotStopped,
  commandDigest,
  countTargets,
  type DeviceFacts,
  isCanceled,
  isStoppable,
  type VerifiedCommand,
  type VerifyContext,
  verifyCommand,
} from './verify.ts';
