// The catalog of the console's words as its sources have it, and all that one reads on a page.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import ts from 'typescript';
import { root } from '../../support/processes.ts';

/** One text of the catalog. */
export interface Word {
  /** Where it stands. */
  readonly place: string;
  readonly en: string;
  readonly de: string;
}

type Texts = ReadonlyMap<string, string>;

/** Text of a literal, also of one that is put together of several. */
function textOf(node: ts.Expression): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node)) return null;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === null || right === null ? null : left + right;
}

function propertiesOf(node: ts.ObjectLiteralExpression): Map<string, ts.Expression> {
  const found = node.properties.filter((property) => ts.isPropertyAssignment(property));
  return new Map(
    found.map(({ name, initializer }) => [ts.isComputedPropertyName(name) ? '' : name.text, initializer]),
  );
}

function readTexts(node: ts.Expression | undefined): Texts {
  if (node === undefined) return new Map();
  const own = textOf(node);
  if (own !== null) return new Map([['', own]]);
  if (!ts.isObjectLiteralExpression(node)) return new Map();
  return new Map([...propertiesOf(node)].map(([key, value]) => [key, textOf(value) ?? '']));
}

function readFile(path: string): Word[] {
  const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const words: Word[] = [];
  function visit(node: ts.Node): void {
    if (ts.isObjectLiteralExpression(node)) {
      const both = propertiesOf(node);
      const [en, de] = [readTexts(both.get('en')), readTexts(both.get('de'))];
      for (const key of new Set([...en.keys(), ...de.keys()])) {
        if (both.has('en') && both.has('de'))
          words.push({
            place: `${path.slice(root.length)} ${key}`,
            en: en.get(key) ?? '',
            de: de.get(key) ?? '',
          });
      }
    }
    ts.forEachChild(node, visit);
  }
  visit(tree);
  return words;
}

/** Every text of the console in both languages. */
export function readCatalog(): Word[] {
  const folder = join(root, 'server/console/src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  return files.flatMap((name) => readFile(join(folder, name)));
}

/** Values that stand in a text, in order of their names. */
export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort();
}

/** What one reads on a page, sees on hover, or hears; code and docs, which are English everywhere, are left out. */
export function readPageTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const left = 'code, pre, kbd, [lang="en"], script, style, svg title';
    const found = new Set<string>();
    for (const element of document.body.querySelectorAll('*')) {
      if (element.closest(left) !== null || !element.checkVisibility()) continue;
      for (const node of element.childNodes)
        if (node.nodeType === Node.TEXT_NODE) found.add(node.textContent?.trim() ?? '');
      for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
        found.add(element.getAttribute(name)?.trim() ?? '');
    }
    return [...found].filter((text) => /\p{L}{3}/u.test(text));
  });
}
