// Finds and reads policy files: those that were named, and those ending in .yaml or .yml below folders that were.
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type MusterError, fail as refuse } from '@muster/protocol';
import { MAX_POLICY_FILE_BYTES } from '@muster/protocol/policy';
import { fail } from '../errors.ts';
import { formatCount } from '../output/count.ts';
import { MAX_ALL_FILES_BYTES, MAX_FILES, MAX_FOLDER_ENTRIES, MAX_FOLDER_LEVELS } from './limits.ts';
import type { Source } from './place.ts';

const ending = /\.ya?ml$/i;

/** The error of all that is wrong with policies, in words of its own. */
export function refusePolicies(detail: string, cause?: unknown): MusterError {
  return refuse('E_POLICY', { detail, cause });
}

/**
 * The texts of all files, each once, in the order of the words and inside of folders by name.
 * @throws MusterError E_FILE what cannot be read; E_POLICY a folder without files, too many or too large ones, what is no UTF-8
 */
export async function readPolicyFiles(paths: readonly string[]): Promise<Source[]> {
  const seen = { entries: 0 };
  const found = new Map<string, string>();
  for (const path of paths)
    for (const file of await listFiles(path, seen))
      found.set(resolve(file), found.get(resolve(file)) ?? file);
  if (found.size > MAX_FILES)
    throw refusePolicies(
      `There are ${formatCount(found.size)} files; at most ${formatCount(MAX_FILES)} are read at once.`,
    );
  const sources: Source[] = [];
  let bytes = 0;
  for (const path of found.values()) {
    const { source, sizeBytes } = await readSource(path);
    bytes += sizeBytes;
    if (bytes > MAX_ALL_FILES_BYTES)
      throw refusePolicies('The files have more than 16 MiB together; name fewer of them.');
    sources.push(source);
  }
  return sources;
}

/** A file itself, whatever it is called; of a folder what ends like YAML. */
async function listFiles(path: string, seen: { entries: number }): Promise<string[]> {
  const kind = await reading(path, () => stat(path));
  if (kind.isFile()) return [path];
  if (!kind.isDirectory()) throw unreadable(path);
  const files = await listFolder(path, { levels: MAX_FOLDER_LEVELS, seen });
  if (files.length > 0) return files;
  throw refusePolicies(
    `In the folder ${path} is no file that ends in .yaml or .yml; name another one, or a file.`,
  );
}

/**
 * By name, in the order of code points, which is the same on every machine. Links to folders are not followed, so no
 * loop is walked; what begins with a dot is not looked at: .git has many files and no policies.
 */
async function listFolder(
  folder: string,
  { levels, seen }: { readonly levels: number; readonly seen: { entries: number } },
): Promise<string[]> {
  const entries = await reading(folder, () => readdir(folder, { withFileTypes: true }));
  seen.entries += entries.length;
  if (levels === 0 || seen.entries > MAX_FOLDER_ENTRIES)
    throw refusePolicies(
      `The folder ${folder} has too much in it; name the folders with policies themselves.`,
    );
  const files: string[] = [];
  for (const entry of entries.toSorted(byName)) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) files.push(...(await listFolder(path, { levels: levels - 1, seen })));
    else if (ending.test(entry.name) && (await isFile(path, entry))) files.push(path);
  }
  return files;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** A link counts as what it leads to; one that leads nowhere is told when it is read. */
async function isFile(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await reading(path, () => stat(path))).isFile();
}

async function readSource(path: string): Promise<{ readonly source: Source; readonly sizeBytes: number }> {
  const tooLarge = refusePolicies(`${path}: The file has more than 1 MiB; divide it into several.`);
  const { size } = await reading(path, () => stat(path));
  if (size > MAX_POLICY_FILE_BYTES) throw tooLarge;
  const bytes = await reading(path, () => readFile(path));
  // It may have grown in between.
  if (bytes.length > MAX_POLICY_FILE_BYTES) throw tooLarge;
  try {
    // A mark of the byte order at its beginning is taken away.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { source: { path, text }, sizeBytes: bytes.length };
  } catch (cause) {
    throw refusePolicies(`${path}: The file is not UTF-8; save it as UTF-8.`, cause);
  }
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause?: unknown) {
  return fail('E_FILE', { cause, detail: `${path} cannot be read; check the path and its permissions.` });
}
