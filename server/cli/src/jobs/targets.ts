// The exact devices of a command: named by the server, counted and hashed here before anybody signs.
import { isMusterError, MusterError } from '@muster/protocol';
import {
  buildTargetTree,
  isStrictlySorted,
  MAX_LISTED_TARGETS,
  type Targets,
} from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import type { TargetDevice, TargetSnapshot } from '../api/types.ts';
import { fail } from '../errors.ts';
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

/** True when a device can judge the expression by itself; decided here, not by the server. */
async function isDeviceOnly(text: string): Promise<boolean> {
  // Loaded only here: it brings the expression language along.
  const { compileExpression } = await import('@muster/protocol/language');
  try {
    return compileExpression(text, { for: 'device' }).isDeviceOnly;
  } catch (error) {
    if (!isMusterError(error, 'E_EXPRESSION')) throw error;
    // What is wrong with it altogether is said here, before anything is asked of the server.
    try {
      compileExpression(text, { for: 'server' });
    } catch (cause) {
      throw withHint(cause, text);
    }
    return false;
  }
}

/** A word without quotes is taken for a fact: `os.family == debian`. */
function withHint(error: unknown, text: string): unknown {
  if (!isMusterError(error, 'E_EXPRESSION')) return error;
  const word = /There is no fact "([^"]+)"/.exec(error.message)?.[1];
  if (word === undefined || !/^[\w.]+$/.test(word)) return error;
  // The word stands in a pattern: a name of facts holds dots besides letters.
  const isValue = new RegExp(`[=!]= *${word.replaceAll('.', '\\.')}(?![\\w."])`).test(text);
  const hint = isValue ? ` Write "${word}" in quotes if it is a text.` : '';
  return new MusterError('E_EXPRESSION', {
    // Below the first line stands the place in the text.
    sentence: error.message.replace(/(?=\n|$)/, `${hint} muster facts lists them.`),
    retryable: false,
  });
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

/** Few devices by name, each with what the person is shown of it. */
function listTargets(devices: readonly TargetDevice[]): Targets {
  const list = devices.map(({ id, hostname, fingerprint }) => ({ id, hostname, fingerprint }));
  list.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { list };
}

/** Many devices by the root of a tree that is built here over all ids. @throws MusterError E_TARGETS_CHANGED */
async function treeTargets(session: Session, snapshot: TargetSnapshot): Promise<Targets> {
  const ids = await readIds(session, snapshot);
  if (ids.length !== snapshot.count || !isStrictlySorted(ids)) throw fail('E_TARGETS_CHANGED');
  const { root, count } = buildTargetTree(ids, nodeCrypto);
  if (root !== snapshot.root) throw fail('E_TARGETS_CHANGED');
  return { root, count };
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
  const bound = on !== undefined && (await isDeviceOnly(on)) ? on : '';
  const body = on === undefined ? { devices: [...(device ?? [])] } : { on };
  const snapshot = await take(session.api.http.POST('/api/v1/targets', { body }));
  if (snapshot.count === 0) throw fail('E_NO_MATCH', { detail: 'No device fits; muster devices lists all.' });
  const isList = snapshot.count <= MAX_LISTED_TARGETS;
  if (isList && snapshot.devices.length !== snapshot.count) throw fail('E_TARGETS_CHANGED');
  const targets = isList ? listTargets(snapshot.devices) : await treeTargets(session, snapshot);
  return { snapshot, targets, bound, shown: snapshot.devices };
}
