// Reads the deny list of the device's owner. What cannot be read or is not his denies everything: it can only subtract.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DenyRule } from '@muster/protocol/commands';
import { errorCode } from '../../platform/storage.ts';

/** Files that are read. */
const MAX_FILES = 64;
/** Mode bits that let others than the owner write. */
const WRITABLE_BY_OTHERS = 0o022;

const denyAll = (reason: string): DenyRule => ({ kinds: ['*'], reason });

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** One rule: kinds, names where given, reason; nothing else. */
function isRule(value: unknown): value is DenyRule {
  if (typeof value !== 'object' || value === null) return false;
  const { kinds, names, reason, ...rest }: Readonly<Record<string, unknown>> = { ...value };
  if (Object.keys(rest).length > 0 || typeof reason !== 'string') return false;
  return isTexts(kinds) && (names === undefined || isTexts(names));
}

/** Parses one file: a rule or a list of rules; null when it is neither. */
function parseDenyFile(text: string): readonly DenyRule[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const rules: unknown[] = Array.isArray(value) ? value : [value];
  return rules.every(isRule) ? rules : null;
}

async function isOwners(path: string): Promise<boolean> {
  const { uid, mode } = await stat(path);
  return (uid === 0 || uid === process.geteuid?.()) && (mode & WRITABLE_BY_OTHERS) === 0;
}

async function readOne(folder: string, name: string): Promise<readonly DenyRule[]> {
  const path = join(folder, name);
  try {
    if (!(await isOwners(path))) return [denyAll(`${path} can be written by others than root.`)];
    return parseDenyFile(await readFile(path, 'utf8')) ?? [denyAll(`${path} is not a list of rules.`)];
  } catch (error) {
    return [denyAll(`${path} cannot be read (${errorCode(error)}).`)];
  }
}

/** All rules of the folder; none when it is absent. */
export async function readDenyList(folder: string): Promise<readonly DenyRule[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
    if (!(await isOwners(folder))) return [denyAll(`${folder} can be written by others than root.`)];
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? [] : [denyAll(`${folder} cannot be read (${errorCode(error)}).`)];
  }
  if (names.length > MAX_FILES) return [denyAll(`${folder} holds more than ${MAX_FILES} files.`)];
  return (await Promise.all(names.map((name) => readOne(folder, name)))).flat();
}
