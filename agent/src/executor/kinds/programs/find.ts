// Finds the programs that kinds use: absolute paths of a fixed list, never by PATH.
import { createFiles, type Files } from '../../../platform/files.ts';
import type { Check, KindContext, Program } from '../kind.ts';

/** Reader of the device's files below the root of a context. */
export function filesOf(context: KindContext): Files {
  return createFiles(context.root === '' ? '/' : context.root);
}

async function isProgram(path: string): Promise<boolean> {
  const facts = await createFiles('/').stat(path);
  return facts?.isFile() === true && (facts.mode & 0o111) !== 0;
}

/**
 * The first of these paths that is a program: below the root, or else on the machine itself, because a throw-away root holds
 * data and no tools (they are told the root by an option). Null: none is there.
 */
export async function findProgram(context: KindContext, paths: readonly string[]): Promise<string | null> {
  const candidates = context.root === '' ? paths : [...paths.map((path) => context.root + path), ...paths];
  for (const path of candidates) if (await isProgram(path)) return path;
  return null;
}

/** How long a program that only looks may take, ms. */
const LOOK_MS = 60_000;

/** A program that only looks. */
export function look(path: string, args: readonly string[]): Program {
  return { path, args, timeoutMs: LOOK_MS };
}

/** The last lines that a program wrote, as one sentence for a summary. */
export function quoteOutput(output: string, maxChars = 300): string {
  const lines = output
    .toWellFormed()
    .split('\n')
    .map((line) => line.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim())
    .filter((line) => line !== '');
  return lines.slice(-4).join(' ').slice(-maxChars);
}

/** A refusal by a kind's own rules. */
export function refuse(code: string, summary: string): Check {
  return { state: 'refused', code, summary };
}

/** A refusal by the owner's deny list. */
export function refuseBy(reason: string): Check {
  return refuse('E_LOCAL_DENY', `The device's own deny list forbids this: ${reason}`);
}

/** The deny list asked again about names that only looking told: the refusal, or null. */
export async function refuseDenied(context: KindContext, names: readonly string[]): Promise<Check | null> {
  const reason = await context.findDenial?.(names);
  return reason === undefined ? null : refuseBy(reason);
}

/** Nothing to do. */
export function holds(summary: string): Check {
  return { state: 'holds', summary };
}

/** This is to be done by a program of its own; only exit 0 is success. */
export function actBy(program: Program, summary: string): Check {
  return { state: 'act', summary, effect: { where: 'unit', program, okExits: [0] } };
}
