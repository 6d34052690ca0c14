// Commands for all sides: documents, kinds, targets, verification. Apart from the main entry, so that the agent's core stays small.
// What people and servers sign, and what devices answer.
export type { ArgSchema } from './arg-schema.ts';
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
// Writing a document: the same bytes whether a terminal or a page makes them.
export {
  type CommandParts,
  draftCommand,
  draftHalt,
  draftLift,
  draftTargets,
  type FoundTargets,
  makeDocumentId,
} from './drafts.ts';
export type { Freshness } from './freshness.ts';
export { FRESHNESS_TYPE } from './freshness.ts';
export { HALT_TYPE, type Halt, type HaltLift, type HaltScope, LIFT_TYPE } from './halt.ts';
// What stops work, and what lets it go on.
export { findHalt, type HaltContext, type HaltInForce, isHaltOver, openHalt, openLift } from './halts.ts';
// The life of a job, beside that of its runs.
export { type JobState, jobStates } from './job-states.ts';
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
// Who may ask for what, and how many must sign.
export { checkQuorum, hasRole, type QuorumQuestion, signersNeeded, signerVerifyKeys } from './signers.ts';
// Many devices under one signature.
export {
  buildTargetTree,
  holdsProof,
  isStrictlySorted,
  type TargetProof,
  type TargetTree,
} from './targets.ts';
// The whole verification, and what is asked again at the start of a run.
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
