// Golden texts: what a person sees, kept in files that are reviewed like code.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

/** Variable that makes tests write the golden files instead of holding the program against them. */
const UPDATE = 'MUSTER_WRITE_GOLDEN';

/** Path of a file from the folder of this package; sources and compiled tests lie equally deep. */
export function packagePath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Parts under headings, as one text. */
export function joinParts(parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts)
    .map(([name, text]) => `### ${name}\n${text.replace(/\n?$/, '\n')}`)
    .join('\n');
}

/** Holds a text against a file of this package. */
export function matchGolden(t: Test, path: string, text: string): void {
  const full = packagePath(path);
  if (process.env[UPDATE] === '1') {
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  t.equal(text, readFileSync(full, 'utf8'), `${path}; ${UPDATE}=1 writes it anew`);
}
