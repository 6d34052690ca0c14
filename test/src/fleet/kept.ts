// The file that keeps a fleet's devices from one run to the next, and the trust documents beside it.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Envelope } from '@muster/protocol';
import type { KeptCrew, KeptDevice } from './crew/keeping.ts';

function orNothing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

async function readJson<T>(path: string, otherwise: T): Promise<T> {
  const text = await readFile(path, 'utf8').catch(orNothing);
  return text === '' ? otherwise : (JSON.parse(text) as T);
}

const trustPath = (path: string) => `${path}.trust`;

/** Reads what an earlier run kept; nothing where there is no file, or no path. */
export async function readKept(path: string): Promise<KeptCrew> {
  if (path === '') return { devices: {}, trust: [] };
  const devices = await readJson<Record<string, KeptDevice>>(path, {});
  return { devices, trust: await readJson<readonly Envelope[]>(trustPath(path), []) };
}

/** Writes it whole, so that a fleet that is killed meanwhile leaves the file before. */
export async function writeKept(path: string, { devices, trust }: KeptCrew): Promise<void> {
  if (path === '') return;
  for (const [file, content] of [
    [trustPath(path), trust],
    [path, devices],
  ] as const) {
    await writeFile(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

/** The part of a process. */
export function partOfKept({ devices, trust }: KeptCrew, first: number, count: number): KeptCrew {
  const part = Object.entries(devices).filter(
    ([device]) => Number(device) >= first && Number(device) < first + count,
  );
  return { devices: Object.fromEntries(part), trust };
}

/** All parts together; the longest chain of trust documents. */
export function joinKept(parts: readonly KeptCrew[]): KeptCrew {
  const longest = parts.reduce<readonly Envelope[]>(
    (before, { trust }) => (trust.length > before.length ? trust : before),
    [],
  );
  return { devices: Object.assign({}, ...parts.map(({ devices }) => devices)), trust: longest };
}
