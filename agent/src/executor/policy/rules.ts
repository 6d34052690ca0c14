// The table of all kinds of rule on a device: one file a kind, one row here.
import type { ResolvedItem, RuleKindName } from '@muster/protocol/policy';
import type { RuleOnDevice } from './rule.ts';
import { certificateOnDevice } from './rules/certificate.ts';
import { fileOnDevice } from './rules/file.ts';
import { groupOnDevice } from './rules/group.ts';
import { kernelModuleOnDevice } from './rules/kernel-module.ts';
import { lineOnDevice } from './rules/line.ts';
import { mountOptionOnDevice } from './rules/mount-option.ts';
import { packageOnDevice } from './rules/package.ts';
import { scriptOnDevice } from './rules/script.ts';
import { serviceOnDevice } from './rules/service.ts';
import { sshOnDevice } from './rules/ssh.ts';
import { sysctlOnDevice } from './rules/sysctl.ts';
import { userOnDevice } from './rules/user.ts';

/** By name, in the order in which a cycle repairs: what a package brings, rules behind it may be about. Each takes only its own kind's wishes. */
const table: Readonly<Record<RuleKindName, RuleOnDevice<never>>> = {
  package: packageOnDevice,
  file: fileOnDevice,
  line: lineOnDevice,
  user: userOnDevice,
  group: groupOnDevice,
  'mount-option': mountOptionOnDevice,
  sysctl: sysctlOnDevice,
  'kernel-module': kernelModuleOnDevice,
  ssh: sshOnDevice,
  service: serviceOnDevice,
  certificate: certificateOnDevice,
  script: scriptOnDevice,
};

const order = Object.keys(table);

/** What the device does about an item. */
export function findRule({ kind }: ResolvedItem): RuleOnDevice<unknown> {
  return table[kind] as RuleOnDevice<unknown>;
}

/** Compares by kind in the order of the table, then by item. */
export function compareItems(a: ResolvedItem, b: ResolvedItem): number {
  const byKind = order.indexOf(a.kind) - order.indexOf(b.kind);
  return byKind !== 0 ? byKind : a.item < b.item ? -1 : 1;
}
