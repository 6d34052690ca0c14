// The table of all kinds of rule on a device: one file a kind, one row here.
import type { ResolvedItem, RuleKindName } from '@muster/protocol/policy';
import type { RuleOnDevice } from './rule.ts';
import { fileOnDevice } from './rules/file.ts';
import { kernelModuleOnDevice } from './rules/kernel-module.ts';
import { packageOnDevice } from './rules/package.ts';
import { serviceOnDevice } from './rules/service.ts';
import { sshOnDevice } from './rules/ssh.ts';
import { sysctlOnDevice } from './rules/sysctl.ts';

/** By name, in the order in which a cycle repairs: what a package brings, rules behind it may be about. Each takes only its own kind's wishes. */
const table: Readonly<Record<RuleKindName, RuleOnDevice<never>>> = {
  package: packageOnDevice,
  file: fileOnDevice,
  sysctl: sysctlOnDevice,
  'kernel-module': kernelModuleOnDevice,
  ssh: sshOnDevice,
  service: serviceOnDevice,
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
