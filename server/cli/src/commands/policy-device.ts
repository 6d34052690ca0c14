// `muster policy resolve` and `muster policy why`: what policies in files want of a device as the server knows it now.
import type { Facts } from '@muster/protocol/language';
import type { ResolvedItem } from '@muster/protocol/policy';
import type { Command } from 'commander';
import { findDevice } from '../api/find-device.ts';
import { pageOf } from '../api/pages.ts';
import type { Device } from '../api/types.ts';
import { fail } from '../errors.ts';
import { nearest } from '../input/nearest.ts';
import { countOf } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import type { JudgedDevice, NamedGroup } from '../policy/judged.ts';
import type { PlacedPolicy } from '../policy/parse-policies.ts';
import type { Fault } from '../policy/place.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** What stands behind each of the commands. */
export const FILES = 'files, or folders whose .yaml and .yml files are read';

/** Registers `resolve`. */
export function registerResolve(policy: Command, terminal: Terminal): void {
  policy
    .command('resolve')
    .summary('show what would hold on a device')
    .description(
      'Shows what the policies in files would want of a device now: each item with the rule that decides, and what nobody decides because rules disagree. The device is judged by its last inventory.',
    )
    .argument('<files...>', FILES)
    .requiredOption('--device <device>', 'host name or id; the beginning of an id is enough')
    .action(async (paths: string[], { device }: { readonly device: string }, command: Command) => {
      // Before a server is asked: what is wrong with the files is nothing that it knows better.
      const { requirePolicies } = await import('../policy/read-policies.ts');
      const policies = await requirePolicies(paths);
      await withSession(terminal, command, (session) => resolve(session, policies, device));
    });
}

/** Registers `why`. */
export function registerWhy(policy: Command, terminal: Terminal): void {
  policy
    .command('why')
    .summary('show why an item is wanted so on a device, or not')
    .description(
      'Shows every rule that names an item, the one that wins first: what became of it on the device, and what would have to change for it to win. muster policy resolve lists the items.',
    )
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .argument('<item>', 'what is decided, as ssh.PermitRootLogin or file./etc/shadow')
    .argument('<files...>', FILES)
    .action(async (...[name, item, paths, , command]: [string, string, string[], unknown, Command]) => {
      const { requirePolicies } = await import('../policy/read-policies.ts');
      const policies = await requirePolicies(paths);
      const wanted = await readItem(item, policies);
      await withSession(terminal, command, (session) => why(session, { policies, name, item: wanted }));
    });
}

/** The item in its one spelling. @throws MusterError E_USAGE what is none, or what no rule names, with the nearest that one does */
async function readItem(text: string, policies: readonly PlacedPolicy[]): Promise<string> {
  const { normalizeItem, ruleKindNames } = await import('@muster/protocol/policy');
  const item = normalizeItem(text);
  if (item === null)
    throw fail('E_USAGE', {
      detail: `"${text}" is not an item; it begins with one of ${ruleKindNames.join(', ')}, then a dot and a name.`,
    });
  const known = [...new Set(policies.flatMap(({ policy }) => policy.rules.map((rule) => rule.item)))];
  if (known.includes(item)) return item;
  const near = nearest(item, known);
  const hint = near === undefined ? 'muster policy resolve lists what they name.' : `Did you mean ${near}?`;
  throw fail('E_USAGE', { detail: `No rule in the files names ${item}. ${hint}` });
}

/** The device and what is known of it. @throws MusterError E_POLICY a group that the server does not have */
async function judge(
  session: Session,
  policies: readonly PlacedPolicy[],
  name: string,
): Promise<JudgedDevice & { readonly device: Device }> {
  const [{ findAsked, findUnknownGroups, readJudged }, { askingOf }, { refuseFaults }] = await Promise.all([
    import('../policy/judged.ts'),
    import('../jobs/device-facts.ts'),
    import('../policy/read-policies.ts'),
  ]);
  const asking = askingOf(session);
  const asked = findAsked(policies.map(({ policy }) => policy));
  const unknown = await findUnknownGroups(asking, asked.groups);
  const faults = unknown.flatMap((group) => blameGroup(policies, group));
  if (faults.length > 0) throw refuseFaults(faults, new Set(policies.map(({ source }) => source)).size);
  const device = await findDevice(session.api, name);
  return { device, ...(await readJudged(asking, device, asked)) };
}

/** A group that nobody has, at its place in the file. */
function blameGroup(
  policies: readonly PlacedPolicy[],
  { called, policyAt, path, offset }: NamedGroup,
): readonly Fault[] {
  const message = `There is no group ${JSON.stringify(called)} on the server.`;
  return policies.slice(policyAt, policyAt + 1).map(({ blame }) => blame({ path, message, offset }));
}

/** What the answer rests on. */
function noteInventory(
  session: Session,
  { device, inventoryAt }: { device: Device; inventoryAt: string | null },
) {
  session.note(
    inventoryAt === null
      ? `${device.hostname} has reported no inventory yet: what nobody knows of it counts as absent.`
      : `By the inventory of ${device.hostname} of ${formatMoment(inventoryAt)}.`,
  );
}

async function resolve(session: Session, policies: readonly PlacedPolicy[], name: string): Promise<void> {
  const judged = await judge(session, policies, name);
  const [
    { preparePolicies, resolvePolicies },
    { listFreezes, listHours },
    { drawResolved },
    { listMeant },
    starts,
  ] = await Promise.all([
    import('@muster/protocol/policy'),
    import('@muster/protocol/windows'),
    import('../views/policies.ts'),
    import('../policy/judged.ts'),
    readStarts(session, policies, judged.facts),
  ]);
  const all = policies.map(({ policy }) => policy);
  const prepared = preparePolicies(all);
  const items = [...resolvePolicies(prepared, judged.facts).items.values()].toSorted(byItem);
  const { device, inventoryAt } = judged;
  const times = { hours: listHours(all), freezes: listFreezes(listMeant(all, judged.facts)) };
  session.print({ device: deviceOf(device), inventoryAt, ...pageOf(items), ...times }, (canvas) =>
    items.length === 0 ? '' : drawResolved(items, starts, canvas),
  );
  if (items.length === 0)
    session.note(`Of ${countOf(policies.length, 'policy', 'policies')} nothing holds on ${device.hostname}.`);
  const [first, ...more] = items.filter(({ decided }) => !decided);
  if (first !== undefined)
    session.note(
      `${countOf(more.length + 1, 'item is', 'items are')} undecided: rules of the same rank want different things, so nothing is changed. muster policy why ${device.hostname} ${first.item} … says which.`,
    );
  noteInventory(session, judged);
}

/** When repairs of each policy with windows or freezes start, in words. Windows in the zone of the device are reckoned in that of this computer. */
async function readStarts(
  { terminal }: Session,
  placed: readonly PlacedPolicy[],
  facts: Facts,
): Promise<ReadonlyMap<string, string>> {
  const [{ isFreezeOf, listFreezes, readOwnZone }, { describeStart }, { listMeant }] = await Promise.all([
    import('@muster/protocol/windows'),
    import('../views/openings.ts'),
    import('../policy/judged.ts'),
  ]);
  const policies = placed.map(({ policy }) => policy);
  const all = listFreezes(listMeant(policies, facts));
  const freezesOf = (name: string) => all.filter((freeze) => isFreezeOf(freeze, name));
  const limited = policies.filter(({ name, windows }) => windows.length + freezesOf(name).length > 0);
  const [nowMs, zone] = [terminal.now(), readOwnZone()];
  return new Map(
    limited.map(({ name, windows }) => [
      name,
      describeStart({ windows, freezes: freezesOf(name) }, nowMs, zone),
    ]),
  );
}

function byItem(a: ResolvedItem, b: ResolvedItem): number {
  return a.item < b.item ? -1 : 1;
}

function deviceOf({ id, hostname }: Device) {
  return { id, hostname };
}

async function why(
  session: Session,
  {
    policies,
    name,
    item,
  }: { readonly policies: readonly PlacedPolicy[]; readonly name: string; readonly item: string },
): Promise<void> {
  const judged = await judge(session, policies, name);
  const [{ preparePolicies, traceItem }, { orderLines }, { describeAnswer, drawTrace }, starts] =
    await Promise.all([
      import('@muster/protocol/policy'),
      import('../policy/judged.ts'),
      import('../views/policies.ts'),
      readStarts(session, policies, judged.facts),
    ]);
  const prepared = preparePolicies(policies.map(({ policy }) => policy));
  const trace = traceItem(prepared, judged.facts, { item });
  const { device, inventoryAt } = judged;
  const answer = describeAnswer(trace, device.hostname, starts);
  session.print(
    { device: deviceOf(device), inventoryAt, answer, ...trace, lines: orderLines(trace.lines) },
    (canvas) => drawTrace(trace, answer, canvas),
  );
  noteInventory(session, judged);
}
