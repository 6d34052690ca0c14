// A command in the making: what a person chose, as the document that is signed and as the line that the command line takes.
import { type ReadonlyTrust, sha256 } from '@muster/protocol';
import {
  type Command,
  type CommandKind,
  draftCommand,
  draftTargets,
  kindEntry,
  MAX_LISTED_TARGETS,
  makeDocumentId,
  type Targets,
} from '@muster/protocol/commands';
import { ApiError, api, take } from '../api/client.ts';
import { formatShortSpan } from '../parts/format/short-span.ts';
import { quoteWord } from '../parts/shell.ts';
import type { RunSummary } from './api.ts';

/** Devices as the server found them. */
export type Snapshot = Awaited<ReturnType<typeof findTargets>>;

/** Which devices are meant: exactly one of them. */
export interface TargetWish {
  readonly on?: string | undefined;
  readonly devices?: readonly string[] | undefined;
  /** Those of a job whose runs are in some states. */
  readonly job?: string | undefined;
  readonly states?: readonly string[] | undefined;
}

/** What a person chose besides the devices. */
export interface Choice {
  readonly kind: CommandKind;
  readonly args: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** ms since 1970; null: at once. */
  readonly notBeforeMs: number | null;
  readonly expiresMs: number;
  readonly concurrency: number | null;
  readonly batches: readonly number[];
  readonly stopAtFailures: number | null;
  /** So long nothing starts, so that it can still be taken back; 0: it starts at once. */
  readonly undoMs: number;
}

/** Finds the devices and has the server remember them. @throws ApiError */
export async function findTargets({ on, devices, job, states }: TargetWish) {
  const body =
    on !== undefined
      ? { on }
      : job !== undefined
        ? { job, states: [...(states ?? [])] as RunSummary['state'][] }
        : { devices: [...(devices ?? [])], skipInactive: true };
  return take(api.POST('/api/v1/targets', { body }));
}

const IDS_PER_PAGE = 10_000;

/** All ids of a snapshot, sorted. @throws ApiError */
export async function readIds({ snapshot, count }: Snapshot): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const query = { limit: IDS_PER_PAGE, ...(after === undefined ? {} : { after }) };
    const page = await take(
      api.GET('/api/v1/targets/{snapshot}/ids', { params: { path: { snapshot }, query } }),
    );
    ids.push(...page.ids);
    after = page.next ?? undefined;
  } while (after !== undefined && ids.length <= count);
  return ids;
}

/** The devices as they are signed. @throws ApiError in words when they are others than those that were shown */
async function toTargets(snapshot: Snapshot, changed: string): Promise<Targets> {
  const ids = snapshot.count <= MAX_LISTED_TARGETS ? [] : await readIds(snapshot);
  const targets = draftTargets(snapshot, ids, { sha256 });
  if (targets === null) throw new ApiError(0, { code: 'E_TARGETS_CHANGED', detail: changed });
  return targets;
}

/** A new id: 128 random bits. */
export function newId(prefix: 'cmd' | 'hlt'): string {
  return makeDocumentId(prefix, crypto.getRandomValues(new Uint8Array(16)));
}

/** From and until, as texts. */
function timesOf({ notBeforeMs, expiresMs, undoMs }: Choice, nowMs: number) {
  const fromMs = Math.max(notBeforeMs ?? 0, nowMs + undoMs);
  return {
    notBefore: new Date(fromMs).toISOString(),
    notAfter: new Date(fromMs + expiresMs).toISOString(),
  };
}

/** What is signed besides the choice. */
export interface Draft {
  readonly choice: Choice;
  readonly snapshot: Snapshot;
  readonly on: string | undefined;
  readonly trust: ReadonlyTrust;
  readonly requester: string;
  readonly isDryRun: boolean;
  /** What is said when the devices have become others. */
  readonly changed: string;
}

/** The document of a choice. @throws ApiError */
export async function writeCommand(draft: Draft): Promise<Command> {
  const { choice, snapshot, on, trust, requester, isDryRun, changed } = draft;
  // Loaded only here: it brings the expression language along.
  const { toBound } = await import('@muster/protocol/language');
  return draftCommand(trust, {
    cmdId: newId('cmd'),
    kind: choice.kind,
    args: choice.args,
    targets: await toTargets(snapshot, changed),
    bound: on === undefined ? '' : toBound(on),
    ...timesOf(isDryRun ? { ...choice, undoMs: 0 } : choice, Date.now()),
    requester,
    reason: choice.reason === '' ? `muster run ${choice.kind}` : choice.reason,
    dryRun: isDryRun,
  });
}

/** How it is carried out, which is not signed. */
export function toJobOptions({ concurrency, batches, stopAtFailures }: Choice, on: string | undefined) {
  return {
    ...(on !== undefined && { on }),
    ...(concurrency !== null && { concurrency }),
    ...(batches.length > 0 && { batches: [...batches] }),
    ...(stopAtFailures !== null && { stopAtFailures }),
  };
}

/** A value as `muster run` reads it. */
function formatArg(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value
    .map((one: unknown) => {
      if (typeof one !== 'object' || one === null) return String(one);
      const { name, version } = one as { readonly name: string; readonly version: string };
      return version === '' ? name : `${name}=${version}`;
    })
    .join(',');
}

/** Parameters that are not what they would be anyway, as words. */
function formatArgs(kind: CommandKind, args: Choice['args']): string[] {
  const { defaults } = kindEntry(kind);
  return Object.entries(args).flatMap(([name, value]) => {
    if (name === 'parameters')
      return Object.entries(value as Record<string, unknown>).map(([key, one]) => `${key}=${String(one)}`);
    return JSON.stringify(defaults[name]) === JSON.stringify(value) ? [] : [`${name}=${formatArg(value)}`];
  });
}

/** The whole line for a terminal. `devices`: ids, where there is no expression. */
export function toCommandLine(
  choice: Choice,
  { on, devices, isDryRun }: { on: string | undefined; devices: readonly string[]; isDryRun: boolean },
): string {
  const { kind, args, reason, notBeforeMs, expiresMs, concurrency, batches, stopAtFailures } = choice;
  const words = [
    ...['muster', 'run', kind, ...formatArgs(kind, args)],
    ...(on === undefined ? ['--device', ...devices] : ['--on', on]),
    ...(reason === '' ? [] : ['--reason', reason]),
    ...(notBeforeMs === null ? [] : ['--not-before', new Date(notBeforeMs).toISOString()]),
    ...['--expires', formatShortSpan(expiresMs)],
    ...(concurrency === null ? [] : ['--concurrency', String(concurrency)]),
    ...(batches.length === 0 ? [] : ['--batches', batches.join(',')]),
    ...(stopAtFailures === null ? [] : ['--stop-at', String(stopAtFailures)]),
    ...(isDryRun ? ['--dry-run'] : []),
  ];
  return words.map(quoteWord).join(' ');
}
