// Rule `group` on the device: by passwd and group; it takes people out of a group, and puts nobody in.
import type { WantedOf } from '@muster/protocol/policy';
import { areLastAdmins, findAccount, isOwnName } from '../../kinds/accounts/course.ts';
import {
  type Account,
  ADMIN_GROUPS,
  type Group,
  readAccounts,
  readGroups,
} from '../../kinds/accounts/read.ts';
import { keepGroups } from '../../kinds/accounts/usermod.ts';
import type { Check, KindContext, Program } from '../../kinds/kind.ts';
import { filesOf, holds, quoteOutput, refuse } from '../../kinds/programs/find.ts';
import { compliant, drifted, notApplicable, type RuleOnDevice } from '../rule.ts';
import { actInside } from './inside.ts';

type Wanted = WantedOf<'group'>;

/** Who is in a group, and who of them by its line alone can be taken out of it. */
interface Membership {
  /** Sorted. */
  readonly all: readonly string[];
  /** Those whose main group it is. */
  readonly byMain: readonly string[];
}

function listMembers({ gid, members }: Group, accounts: readonly Account[]): Membership {
  const byMain = accounts.filter((one) => String(one.gid) === gid).map(({ name }) => name);
  return { all: [...new Set([...members, ...byMain])].toSorted(), byMain };
}

const split = (names: string) => names.split(' ').filter((name) => name !== '');

/** Who is in it and should not be, and the other way round. */
function compare({ members, atMost = '' }: Wanted, { all }: Membership) {
  const allowed = split(members ?? atMost);
  return {
    extra: all.filter((name) => !allowed.includes(name)),
    missing: members === undefined ? [] : allowed.filter((name) => !all.includes(name)),
  };
}

/** Whether these may be taken out of it; null: yes. */
async function judgeLeaving(
  name: string,
  extra: readonly string[],
  { context, byMain }: { readonly context: KindContext; readonly byMain: readonly string[] },
): Promise<Check | null> {
  if (isOwnName(name)) return refuse('E_PROTECTED', `${name} is a group of the agent.`);
  for (const one of extra) {
    const found = await findAccount(one, context);
    if ('state' in found) return found;
    if (byMain.includes(one)) return refuse('E_UNSUPPORTED', `${name} is the main group of ${one}.`);
  }
  return ADMIN_GROUPS.has(name) && (await areLastAdmins(extra, context))
    ? refuse('E_PROTECTED', 'Nobody would be left here who may become root.')
    : null;
}

/** One change an account; its other groups stay. */
async function listPrograms(
  name: string,
  extra: readonly string[],
  { groups, context }: { readonly groups: readonly Group[]; readonly context: KindContext },
): Promise<Program[] | null> {
  const programs: Program[] = [];
  for (const one of extra) {
    const others = groups.filter((group) => group.name !== name && group.members.includes(one));
    const program = await keepGroups(
      context,
      one,
      others.map((group) => group.name),
    );
    if (program === null) return null;
    programs.push(program);
  }
  return programs;
}

async function runAll(programs: readonly Program[], context: KindContext): Promise<string | null> {
  for (const program of programs) {
    const { exit, output } = await context.read(program);
    if (exit !== 0) return `${program.path} ended with ${exit}: ${quoteOutput(output)}`;
  }
  return null;
}

async function plan(wanted: Wanted, context: KindContext): Promise<Check> {
  const { name } = wanted;
  const groups = await readGroups(filesOf(context));
  const group = groups.find((one) => one.name === name);
  if (group === undefined) return refuse('E_NOT_FOUND', `There is no local group ${name}.`);
  const membership = listMembers(group, await readAccounts(filesOf(context)));
  const { extra, missing } = compare(wanted, membership);
  if (missing.length > 0)
    return refuse(
      'E_PROTECTED',
      `A policy puts nobody in a group; ${missing.join(', ')} would be given its rights.`,
    );
  if (extra.length === 0) return holds(`Nobody else is in ${name}.`);
  const bar = await judgeLeaving(name, extra, { context, byMain: membership.byMain });
  if (bar !== null) return bar;
  const programs = await listPrograms(name, extra, { groups, context });
  if (programs === null) return refuse('E_UNSUPPORTED', 'There is no usermod here.');
  return actInside(`Take ${extra.join(', ')} out of ${name}.`, () => runAll(programs, context));
}

export const groupOnDevice: RuleOnDevice<Wanted> = {
  watched: () => ['/etc/passwd', '/etc/group'],
  async check(wanted, facts) {
    const group = (await facts.groups()).find((one) => one.name === wanted.name);
    if (group === undefined) return notApplicable('there is no such group');
    const membership = listMembers(group, await facts.users());
    const { extra, missing } = compare(wanted, membership);
    const found = membership.all.length === 0 ? 'nobody' : membership.all.join(', ');
    return extra.length + missing.length === 0 ? compliant(found) : drifted(found);
  },
  plan: (wanted) => [{ kinds: [], names: [wanted.name], plan: (context) => plan(wanted, context) }],
};
