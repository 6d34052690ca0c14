// The exact devices of a command: named by the server, counted and hashed here before anybody signs.
import { draftTargets, MAX_LISTED_TARGETS, type Targets } from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import type { TargetDevice, TargetSnapshot } from '../api/types.ts';
import { fail } from '../errors.ts';
import { readExpression } from '../input/expression.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { withProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';

/** Which devices are meant: an expression or names. */
export interface TargetWish {
  readonly on?: string;
  readonly device?: readonly string[];
}

/** What will be signed, and what is shown of it. */
export interface ResolvedTargets {
  readonly snapshot: TargetSnapshot;
  readonly targets: Targets;
  /** Condition the devices judge themselves; empty where only the server can. */
  readonly bound: string;
  /** The devices that are shown by name. */
  readonly shown: readonly TargetDevice[];
}

const IDS_PER_PAGE = 10_000;

/** What the devices judge themselves; decided here, not by the server. @throws MusterError E_EXPRESSION */
async function readBound(text: string): Promise<string> {
  // What is wrong with it altogether is said here, before anything is asked of the server.
  const { isDeviceOnly } = await readExpression(text);
  return isDeviceOnly ? text : '';
}

async function readIds({ api, terminal }: Session, { snapshot, count }: TargetSnapshot): Promise<string[]> {
  return withProgress(terminal, { title: 'Reading devices', thing: 'device' }, async (report) => {
    const ids: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const query = { limit: IDS_PER_PAGE, ...(after === undefined ? {} : { after }) };
      const page: { ids: string[]; next: string | null } = await take(
        api.http.GET('/api/v1/targets/{snapshot}/ids', { params: { path: { snapshot }, query } }),
      );
      ids.push(...page.ids);
      report(ids.length, count);
      if (ids.length > count || (page.ids.length === 0 && page.next !== null))
        throw fail('E_TARGETS_CHANGED');
      after = page.next;
    }
    return ids;
  });
}

/** Looks whether the wish is one, before the server is asked anything. @throws MusterError E_USAGE */
export function checkWish({ on, device }: TargetWish): void {
  if (on === undefined && device === undefined)
    throw fail('E_USAGE', {
      detail: 'Say which devices: --on \'os.family == "debian"\', or --device <name>.',
    });
  if (on !== undefined && device !== undefined)
    throw fail('E_USAGE', {
      detail: `Say --on or --device, not both; an expression can name devices too: --on 'hostname in ["${device[0] ?? ''}"] && ...'.`,
    });
}

/** Resolves them. @throws MusterError E_EXPRESSION, E_NO_MATCH, E_TARGETS_CHANGED */
export async function resolveTargets(session: Session, { on, device }: TargetWish): Promise<ResolvedTargets> {
  const bound = on === undefined ? '' : await readBound(on);
  const body = on === undefined ? { devices: [...(device ?? [])] } : { on };
  const snapshot = await take(session.api.http.POST('/api/v1/targets', { body }));
  if (snapshot.count === 0) throw fail('E_NO_MATCH', { detail: 'No device fits; muster devices lists all.' });
  const ids = snapshot.count <= MAX_LISTED_TARGETS ? [] : await readIds(session, snapshot);
  // The tree is built here over all ids: what is signed is what was counted and shown.
  const targets = draftTargets(snapshot, ids, nodeCrypto);
  if (targets === null) throw fail('E_TARGETS_CHANGED');
  return { snapshot, targets, bound, shown: snapshot.devices };
}
