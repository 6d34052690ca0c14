// Rule `file` on the device: what stands there itself, whose it is, and who may do what with it.
import type { Stats } from 'node:fs';
import type { WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import { changeEntry, removeEntry } from '../../../platform/linux/changing.ts';
import { type AccountIds, readAccountIds } from '../../kinds/accounts/ids.ts';
import { judgeTouchPath } from '../../kinds/files/paths.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { filesOf, holds, refuse } from '../../kinds/programs/find.ts';
import { compliant, drifted, type Finding, type RuleOnDevice } from '../rule.ts';
import { findChange, judgeChange, judgeRemoval } from './file-change.ts';
import { actInside, describeChanged, readFacts } from './inside.ts';

type Wanted = WantedOf<'file'>;

function describe(facts: Stats, ids: AccountIds): string {
  if (facts.isSymbolicLink()) return 'a link';
  const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0');
  return `mode ${mode}, owner ${ids.nameUser(facts.uid)}, group ${ids.nameGroup(facts.gid)}`;
}

function judge(wanted: Wanted, facts: Stats | null, ids: AccountIds): Finding {
  if (facts === null) return wanted.state === 'absent' ? compliant('not there') : drifted('not there');
  const found = describe(facts, ids);
  if (wanted.state === 'absent' || facts.isSymbolicLink()) return drifted(found);
  const change = findChange(wanted, facts, ids);
  if (typeof change === 'string') throw fail('E_NOT_FOUND', { detail: change });
  return Object.keys(change).length === 0 ? compliant(found) : drifted(found);
}

async function planAbsent(path: string, facts: Stats, root: string): Promise<Check> {
  if (facts.isDirectory()) return refuse('E_PATH', `${path} is a folder; a policy removes files only.`);
  const bar = judgeRemoval(path);
  if (bar !== null) return refuse('E_PROTECTED', `${path} stays: ${bar}`);
  return actInside(`Remove ${path}.`, async () => describeChanged(await removeEntry(root, path)));
}

async function plan(wanted: Wanted, context: KindContext): Promise<Check> {
  const { path, state } = wanted;
  const { root, ownFolders = [] } = context;
  const objection = judgeTouchPath(path, ownFolders);
  if (objection !== null) return refuse('E_PATH', `${path} is not touched: ${objection}`);
  const facts = await readFacts(root, path);
  if (facts === null)
    return state === 'absent'
      ? holds(`${path} is not there.`)
      : refuse('E_NOT_FOUND', `${path} is not there, and what would stand in it comes with signed content.`);
  if (state === 'absent') return planAbsent(path, facts, root);
  if (facts.isSymbolicLink()) return refuse('E_PATH', `${path} is a link; write where it leads.`);
  const ids = await readAccountIds(filesOf(context));
  const change = findChange(wanted, facts, ids);
  if (typeof change === 'string') return refuse('E_NOT_FOUND', change);
  if (Object.keys(change).length === 0) return holds(`${path} is so already.`);
  const bar = judgeChange(path, facts, change);
  if (bar !== null) return refuse('E_PROTECTED', `${path} stays as it is: ${bar}`);
  const judgeOpened = (opened: Stats) => {
    const due = findChange(wanted, opened, ids);
    return typeof due === 'string' || judgeChange(path, opened, due) !== null ? null : due;
  };
  return actInside(`Change ${path}.`, async () =>
    describeChanged(await changeEntry(root, path, judgeOpened)),
  );
}

export const fileOnDevice: RuleOnDevice<Wanted> = {
  watched: ({ path }) => [path],
  async check(wanted, facts) {
    return judge(wanted, await readFacts(facts.context.root, wanted.path), await facts.accounts());
  },
  plan: (wanted) => [{ kinds: ['file.put'], names: [wanted.path], plan: (context) => plan(wanted, context) }],
};
