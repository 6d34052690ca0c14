// Policies for all sides: what a file may say, what holds on a device, and why. Apart from the main entry, so that small programs stay small.
// What a file says.
export { checkPolicies, checkPolicy } from './document/check.ts';
export type { Policy, PolicyFault, PolicyMode, PolicyRule, Severity } from './document/policy.ts';
export { policySchema } from './document/schema.ts';
export { findHiddenIn } from './document/texts.ts';
// Rules that are left alone for a time.
export { describeException, formatSecond, type PolicyException, readUntil } from './exceptions/exception.ts';
export { exceptionNeedsServer, nameException } from './exceptions/name.ts';
export { findLongExceptions, nextChange } from './exceptions/time.ts';
export {
  MAX_FOUND_CHARS,
  MAX_IN_FORCE_CHARS,
  MAX_POLICIES,
  MAX_POLICY_FILE_BYTES,
  MAX_REPORTED_GONE,
  MAX_REPORTED_ITEMS,
  MAX_RULES,
  MAX_SELECTED,
  MAX_TOLD_STEPS,
} from './limits.ts';
// What would change: the plan that a signer binds himself to, and what it does on devices.
export { type DeviceCase, type Divided, divideDevices, readBit } from './plan/cases.ts';
export { countConditions, type ItemChange, type PreparedEffects, prepareEffects } from './plan/effects.ts';
export {
  type Plan,
  type PlanInput,
  type PolicyChange,
  type PresentPolicy,
  planPolicies,
  type WantedPolicy,
} from './plan/plan.ts';
// What of it holds on a device.
export { type PreparedPolicies, preparePolicies } from './resolve/prepare.ts';
export { resolvePolicies } from './resolve/resolve.ts';
export { traceItem } from './resolve/trace.ts';
export type {
  Fate,
  Raise,
  Resolved,
  ResolvedItem,
  ResolveOptions,
  RuleRef,
  Trace,
  TraceLine,
} from './resolve/types.ts';
// What is signed: revisions and the set of those in force.
export { makeBound } from './revisions/bound.ts';
export { diffLines } from './revisions/diff.ts';
export { POLICY_SET_TYPE, POLICY_TYPE, type PolicyRevision, type PolicySet } from './revisions/documents.ts';
export { checkRevisionDraft, draftPolicySet, draftRevision } from './revisions/draft.ts';
export { formatPolicy, hashPolicy, type WrittenPolicy } from './revisions/format.ts';
export {
  checkAdvance,
  checkMembers,
  type OpenedPolicy,
  type OpenedPolicySet,
  openPolicy,
  openPolicySet,
  openUnlessVoid,
  type PolicyContext,
  type PolicyMark,
  readPolicySet,
  readRevision,
  readRevisionDocument,
} from './revisions/open.ts';
export { needsServer } from './revisions/reach.ts';
// How lines of files are compared, there and here.
export { carriesCode } from './revisions/scripts.ts';
export { formatPolicyYaml } from './revisions/yaml.ts';
export { isLineOf, spellLine } from './rules/line.ts';
// Kinds of rule.
export {
  describeWanted,
  isRuleKind,
  normalizeItem,
  type RuleKindName,
  ruleKindNames,
  ruleKinds,
  type Wanted,
  type WantedOf,
} from './rules.ts';
