// What a device is judged by: its facts as the server knows them, in the form that expressions read.
import {
  compileExpression,
  type Expression,
  type Facts,
  fitsSoftware,
  type InstalledPackage,
} from '@muster/protocol/language';
import type { Policy } from '@muster/protocol/policy';
import { take } from '../api/client.ts';
import { collectPages } from '../api/pages.ts';
import type { Device } from '../api/types.ts';
import { readDeviceValues } from '../jobs/device-facts.ts';
import type { Session } from '../session.ts';
import type { PlacedPolicy } from './read-policies.ts';
import type { Fault } from './source.ts';

/** Packages of a device that are read; more than a distribution has. */
const MAX_PACKAGES = 200_000;

/** A device as its policies see it. */
export interface JudgedDevice {
  readonly facts: Facts;
  /** When the device last reported a change of its inventory, RFC 3339; null: it has reported none. */
  readonly inventoryAt: string | null;
}

/** A group that a policy names, by id or name, and what is said at its place when there is none. */
interface NamedGroup {
  readonly called: string;
  refuse(): Fault;
}

/** What expressions of policies ask beyond the facts of every device. */
export interface Asked {
  readonly groups: readonly NamedGroup[];
  readonly software: boolean;
}

/** Expressions of a policy that may name what only the server knows, with their places. */
function listExpressions({ on, except, exceptions }: Policy) {
  return [
    { path: ['on'], text: on },
    { path: ['except'], text: except },
    ...exceptions.map((one, at) => ({ path: ['exceptions', at, 'on'], text: one.on })),
  ];
}

/** What all expressions of the policies ask together. Each text is compiled once. */
export function findAsked(policies: readonly PlacedPolicy[]): Asked {
  const compiled = new Map<string, Expression>();
  const read = (text: string) => {
    const found = compiled.get(text) ?? compileExpression(text, { for: 'server' });
    compiled.set(text, found);
    return found;
  };
  const groups = policies.flatMap(({ policy, blame }) =>
    listExpressions(policy).flatMap(({ path, text }) =>
      [...read(text).groups].map(([called, offset]) => ({
        called,
        refuse() {
          const message = `There is no group ${JSON.stringify(called)} on the server.`;
          return blame({ path, message, offset });
        },
      })),
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
export async function readJudged(session: Session, device: Device, asked: Asked): Promise<JudgedDevice> {
  const [{ values, inventoryAt }, groups, packages] = await Promise.all([
    readDeviceValues(session, device),
    asked.groups.length > 0 ? readGroups(session, device) : undefined,
    asked.software ? readPackages(session, device) : [],
  ]);
  const software: Facts['software'] = (wanted) => packages.some((one) => fitsSoftware(wanted, one));
  return {
    facts: { values, labels: device.labels, groups, software, nowMs: session.terminal.now() },
    inventoryAt,
  };
}

/** Ids and names: an expression may call a group by either. */
async function readGroups({ api }: Session, { id }: Device): Promise<ReadonlySet<string>> {
  const { groups } = await take(api.http.GET('/api/v1/devices/{id}/groups', { params: { path: { id } } }));
  return new Set(groups.flatMap((group) => [group.id, group.name]));
}

async function readPackages({ api }: Session, { id }: Device): Promise<InstalledPackage[]> {
  const { items } = await collectPages(
    (query) => take(api.http.GET('/api/v1/devices/{id}/software', { params: { path: { id }, query } })),
    { wanted: MAX_PACKAGES },
  );
  return items;
}

/** Groups that policies name and the server does not have: `!group("wbe")` would hold everywhere. */
export async function findUnknownGroups(
  session: Session,
  named: readonly NamedGroup[],
): Promise<readonly Fault[]> {
  if (named.length === 0) return [];
  const { groups } = await take(session.api.http.GET('/api/v1/groups'));
  const known = new Set(groups.flatMap(({ id, name }) => [id, name]));
  return named.filter(({ called }) => !known.has(called)).map((group) => group.refuse());
}
