// The table of all kinds of rule: one file a kind, one row here.
import type { RuleKind } from './rule-kind.ts';
import { certificateRule } from './rules/certificate.ts';
import { fileRule } from './rules/file.ts';
import { groupRule } from './rules/group.ts';
import { kernelModuleRule } from './rules/kernel-module.ts';
import { lineRule } from './rules/line.ts';
import { mountOptionRule } from './rules/mount-option.ts';
import { packageRule } from './rules/package.ts';
import { scriptRule } from './rules/script.ts';
import { serviceRule } from './rules/service.ts';
import { sshRule } from './rules/ssh.ts';
import { sysctlRule } from './rules/sysctl.ts';
import { userRule } from './rules/user.ts';

/** By the key that a rule is written with. */
const table = {
  package: packageRule, // software of the system
  service: serviceRule, // units of systemd
  file: fileRule, // owner, group, mode, absence
  sysctl: sysctlRule, // the running kernel
  ssh: sshRule, // what sshd -T tells
  'kernel-module': kernelModuleRule, // loaded or not
  user: userRule, // whether somebody can sign in with it
  group: groupRule, // who is in it
  'mount-option': mountOptionRule, // what programs may not do there
  line: lineRule, // of a file of settings
  certificate: certificateRule, // until when it is good
  script: scriptRule, // what programs of the policy itself find
} as const;

/** A kind of rule. */
export type RuleKindName = keyof typeof table;

/** What a rule of one kind wants, in its one form. */
export type WantedOf<Kind extends RuleKindName> = ReturnType<(typeof table)[Kind]['normalize']>;

/** What a rule of any kind wants; its kind says which. */
export type Wanted = WantedOf<RuleKindName>;

/** All kinds. Their functions take what belongs to their own kind. */
export const ruleKinds: Readonly<Record<RuleKindName, RuleKind>> = table;

/** All kinds, in the order of the table. */
export const ruleKindNames = Object.keys(table) as readonly RuleKindName[];

/** True for the name of a kind. */
export function isRuleKind(name: string): name is RuleKindName {
  return Object.hasOwn(table, name);
}

/** What a rule wants, as a clause for people: `PermitRootLogin is no`. */
export function describeWanted({ kind, wanted }: { readonly kind: RuleKindName; readonly wanted: Wanted }) {
  return ruleKinds[kind].describe(wanted);
}

/**
 * An item as rules name it, of any spelling of it: `ssh.permitrootlogin` is `ssh.PermitRootLogin`.
 * Null where the text begins with no kind, or names nothing behind it.
 */
export function normalizeItem(text: string): string | null {
  const dot = text.indexOf('.'); // no kind has a dot, many names have
  const [kind, name] = [text.slice(0, dot), text.slice(dot + 1)];
  if (dot === -1 || name === '' || !isRuleKind(kind)) return null;
  return `${kind}.${ruleKinds[kind].normalizeName(name)}`;
}
