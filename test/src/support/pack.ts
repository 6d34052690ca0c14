// The pack of policies as the command line reads it, and what it wants of a device of each family.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Policy, preparePolicies, type ResolvedItem, resolvePolicies } from '@muster/protocol/policy';

const folder = fileURLToPath(new URL('../../../policies', import.meta.url));
const isSource = import.meta.url.endsWith('.ts');
const program = isSource
  ? ['--conditions=muster-source', '--import', 'tsx', '../../../server/cli/src/main.ts']
  : ['../../../server/cli/dist/main.js'];

/** How `muster policy check` ended on the pack. */
export interface CheckedPack {
  readonly exit: number | null;
  readonly policies: readonly Policy[];
}

/** Runs `muster policy check` on the pack. */
export function checkPack(): CheckedPack {
  const args = program.map((word) =>
    word.startsWith('../') ? fileURLToPath(new URL(word, import.meta.url)) : word,
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, 'policy', 'check', '--json', folder],
    { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(stderr);
  const page: { readonly items: readonly Policy[] } = JSON.parse(stdout);
  return { exit: status, policies: page.items };
}

/** The families that the pack is for. */
export type Family = 'debian' | 'rhel';

/** What it wants of a device of that family, each item to be enforced as if its policy said so. */
export function listWanted(policies: readonly Policy[], family: Family): readonly ResolvedItem[] {
  const enforced = policies.map((policy): Policy => {
    return { ...policy, mode: 'enforce', rules: policy.rules.map((rule) => ({ ...rule, mode: 'enforce' })) };
  });
  const { items } = resolvePolicies(preparePolicies(enforced), { values: { 'os.family': family } });
  return [...items.values()].toSorted((a, b) => (a.item < b.item ? -1 : 1));
}
