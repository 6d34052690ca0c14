// What a device is judged by: its facts as the server knows them, in the form that expressions read. Runs in a page too.
import {
  compileExpression,
  type Expression,
  type Facts,
  fitsSoftware,
  type InstalledPackage,
} from '@muster/protocol/language';
import type { Policy, TraceLine } from '@muster/protocol/policy';
import type { Asking } from '../api/asking.ts';
import { collectPages } from '../api/pages.ts';
import type { Device } from '../api/types.ts';
import { readDeviceValues } from '../jobs/device-values.ts';

/** Packages of a device that are read; more than a distribution has. */
const MAX_PACKAGES = 200_000;

/** A device as its policies see it. */
export interface JudgedDevice {
  readonly facts: Facts;
  /** When the device last reported a change of its inventory, RFC 3339; null: it has reported none. */
  readonly inventoryAt: string | null;
}

/** A group that a policy names. */
export interface NamedGroup {
  /** Id or name. */
  readonly called: string;
  /** Which of the policies. */
  readonly policyAt: number;
  /** Where in it. */
  readonly path: readonly (string | number)[];
  /** Place in the expression, UTF-16 units. */
  readonly offset: number;
}

/** What expressions of policies ask beyond the facts of every device. */
export interface Asked {
  readonly groups: readonly NamedGroup[];
  readonly software: boolean;
}

/** Expressions of a policy that may name what only the server knows, with their places. */
function listExpressions({ on, except, exceptions }: Pick<Policy, 'on' | 'except' | 'exceptions'>) {
  return [
    { path: ['on'], text: on },
    { path: ['except'], text: except },
    ...exceptions.map((one, at) => ({ path: ['exceptions', at, 'on'], text: one.on })),
  ];
}

/** What all expressions of the policies ask together. Each text is compiled once. */
export function findAsked(policies: readonly Pick<Policy, 'on' | 'except' | 'exceptions'>[]): Asked {
  const compiled = new Map<string, Expression>();
  const read = (text: string) => {
    const found = compiled.get(text) ?? compileExpression(text, { for: 'server' });
    compiled.set(text, found);
    return found;
  };
  const groups = policies.flatMap((policy, policyAt) =>
    listExpressions(policy).flatMap(({ path, text }) =>
      [...read(text).groups].map(([called, offset]) => ({ called, policyAt, path, offset })),
    ),
  );
  return { groups, software: [...compiled.values()].some(({ names }) => names.has('software')) };
}

/** Those of the policies that are for the device with these facts. */
export function listMeant(policies: readonly Policy[], facts: Facts): readonly Policy[] {
  const holds = (text: string) => compileExpression(text, { for: 'server' }).evaluate(facts);
  return policies.filter(({ on, except }) => holds(on) && !holds(except));
}

/** Facts, labels, groups and packages of the device; the last two only where somebody asks. */
export async function readJudged(asking: Asking, device: Device, asked: Asked): Promise<JudgedDevice> {
  const [{ values, inventoryAt }, groups, packages] = await Promise.all([
    readDeviceValues(asking, device),
    asked.groups.length > 0 ? readGroups(asking, device) : undefined,
    asked.software ? readPackages(asking, device) : [],
  ]);
  const software: Facts['software'] = (wanted) => packages.some((one) => fitsSoftware(wanted, one));
  return {
    facts: { values, labels: device.labels, groups, software, nowMs: asking.now() },
    inventoryAt,
  };
}

/** Ids and names: an expression may call a group by either. */
async function readGroups({ http, take }: Asking, { id }: Device): Promise<ReadonlySet<string>> {
  const { groups } = await take(http.GET('/api/v1/devices/{id}/groups', { params: { path: { id } } }));
  return new Set(groups.flatMap((group) => [group.id, group.name]));
}

async function readPackages({ http, take }: Asking, { id }: Device): Promise<InstalledPackage[]> {
  const { items } = await collectPages(
    (query) => take(http.GET('/api/v1/devices/{id}/software', { params: { path: { id }, query } })),
    { wanted: MAX_PACKAGES },
  );
  return items;
}

/** Those of the groups that the server does not have: `!group("wbe")` would hold everywhere. */
export async function findUnknownGroups(
  { http, take }: Asking,
  named: readonly NamedGroup[],
): Promise<readonly NamedGroup[]> {
  if (named.length === 0) return [];
  const { groups } = await take(http.GET('/api/v1/groups'));
  const known = new Set(groups.flatMap(({ id, name }) => [id, name]));
  return named.filter(({ called }) => !known.has(called));
}

/** Reasons as people read them: the winner first, or whoever is exempt; the others as they come, by rank. */
export function orderLines(lines: readonly TraceLine[]): TraceLine[] {
  const isFirst = ({ fate }: TraceLine) => fate === 'won' || fate === 'exempt';
  return [...lines.filter(isFirst), ...lines.filter((line) => !isFirst(line))];
}
