// What tests of collectors share: running one on a recorded system or on this machine, and judging what it found.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { checkBody, type RowOf, type Section, type Value, writeBody } from '@muster/protocol';
import { createFiles } from '../../platform/files.ts';
import type { AnyCollector, CollectContext } from '../collector.ts';

/** Systems whose files are recorded under agent/fixtures. */
export const SYSTEMS = [
  'debian12-vm',
  'fedora40-server',
  'ubuntu2404-raspberrypi',
  'alpine-container',
] as const;

export type System = (typeof SYSTEMS)[number];

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** The folder of a recorded system; the compiled test lies as deep as its source. */
function fixtureFolder(system: string): string {
  return fileURLToPath(new URL(`../../../fixtures/${system}`, import.meta.url));
}

/** A context below any folder. */
export function contextAt(root: string): CollectContext {
  return { files: createFiles(root), probe: null, now: () => Date.parse('2026-11-22T18:00:00Z'), sha256 };
}

/** A recorded system. Its files have `+` for `:` in their names, which not every file system can hold. */
export function contextOf(system: System): CollectContext {
  const context = contextAt(fixtureFolder(system));
  const { files } = context;
  const stored = (path: string) => path.replaceAll(':', '+');
  return {
    ...context,
    files: {
      ...files,
      readText: (path, maxBytes) => files.readText(stored(path), maxBytes),
      readLink: (path) => files.readLink(stored(path)),
    },
  };
}

/** Rows of a collector, after they went through the body and its check as on the wire. */
export async function readRows<S extends Section>(
  collector: Pick<AnyCollector, 'collect'> & { readonly section: S },
  context: CollectContext,
): Promise<RowOf<S>[]> {
  const body = await readBody(collector, context);
  if (body.outcome !== 'ok') throw new Error(`${body.section}: ${body.outcome}, ${body.reason}`);
  return body.rows.map((row) => {
    const entries: [string, Value][] = body.columns.map((name, at) => [name, row[at] ?? null]);
    return Object.fromEntries(entries) as RowOf<S>;
  });
}

/** The checked body of a collector. */
export async function readBody(
  collector: Pick<AnyCollector, 'collect' | 'section'>,
  context: CollectContext,
) {
  return checkBody(collector.section, JSON.parse(await readText(collector, context)));
}

/** The canonical text of a collector's outcome. */
export async function readText(
  collector: Pick<AnyCollector, 'collect' | 'section'>,
  context: CollectContext,
): Promise<string> {
  return writeBody(collector.section, await collector.collect(context));
}
