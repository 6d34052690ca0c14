// Commands for all sides: documents, kinds, targets, verification. Apart from the main entry, so that the agent's core stays small.
export type { Command, ListedTarget, Targets } from './command.ts';
export { COMMAND_TYPE } from './command.ts';
export type { Content, ContentParameter } from './content.ts';
export { CONTENT_TYPE } from './content.ts';
export { type DenyRule, findDenial } from './deny.ts';
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
export { findHalt, type HaltContext, type HaltInForce, openHalt, openLift } from './halts.ts';
export {
  commandKinds,
  isCommandKind,
  type KindEntry,
  kindEntry,
  matchesKind,
  type RepeatClass,
} from './kind-table.ts';
export type { CommandKind, KindArgs } from './kinds.ts';
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
  isStoppable,
  type VerifiedCommand,
  type VerifyContext,
  verifyCommand,
} from './verify.ts';
