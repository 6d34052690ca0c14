// The rule about data: only the feature that owns a table names it, in its own store.
import { posix } from 'node:path';
import ts from 'typescript';
import { foreignReads } from './layers.ts';
import { listNodes, type Source } from './source.ts';

/** A table and the folder whose files may name it. */
interface Owned {
  readonly table: string;
  readonly folder: string;
}

/** SQL that names tables outside the owner's store, imports of `tables.ts` from elsewhere, and tables owned twice. */
export function findForeignTables(sources: readonly Source[]): string[] {
  const owned = sources.filter(({ path }) => posix.basename(path) === 'tables.ts').flatMap(listTables);
  const server = sources.filter(({ path, isTest }) => path.startsWith('server/src/') && !isTest);
  return [
    ...server.flatMap((source) => judgeSql(source, owned)),
    ...server.flatMap(judgeTableImports),
    ...findOwnedTwice(owned),
  ];
}

/** Tables declared by `pgTable('name', …)` or `schema.table('name', …)` in a `tables.ts`. */
function listTables(source: Source): Owned[] {
  return listNodes(source.tree)
    .filter((node) => ts.isCallExpression(node))
    .filter(({ expression }) => /(?:^pgTable|\.table)$/.test(expression.getText(source.tree)))
    .map(({ arguments: [name] }) => name)
    .filter((name) => name !== undefined && ts.isStringLiteralLike(name))
    .map((name) => ({ table: (name as ts.StringLiteralLike).text, folder: posix.dirname(source.path) }));
}

function judgeSql(source: Source, owned: readonly Owned[]): string[] {
  return source.strings.flatMap(({ line, text }) =>
    namedTables(text).flatMap(({ table, writes }) => {
      const owner = owned.find((entry) => entry.table === table);
      if (!owner || isStoreOf(source.path, owner.folder)) return [];
      if (!writes && foreignReads.some((entry) => entry.file === source.path && entry.table === table))
        return [];
      const act = writes ? 'writes' : 'reads';
      return [
        `${source.path}:${line} ${act} the table ${table}, which belongs to ${owner.folder}; only a store file there names it`,
      ];
    }),
  );
}

/** Text that begins like a statement or a part of one; prose such as "read from device" is none. */
const sqlOpening =
  /^\s*(?:select|insert|update|delete|with|truncate|copy|lock|merge|create|alter|drop|analyze|from|join|left|inner|lateral|where|and|exists|union|\()\b/i;

/** `WITH name AS (`: a name of the statement's own, which may hide a table. */
const subquery = /\b([a-z_][a-z0-9_]*)\s*(?:\([^()]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s*)?\(/gi;

/** Tables that a piece of SQL names. */
export function namedTables(text: string): { table: string; writes: boolean }[] {
  if (!sqlOpening.test(text)) return [];
  const named = new Set([...text.matchAll(subquery)].map(([, name = '']) => name.toLowerCase()));
  const clause =
    /\b(from|join|into|update|truncate|table|only)\s+(?:only\s+|table\s+)?"?([a-z_][a-z0-9_]*)"?/gi;
  return [...text.matchAll(clause)]
    .map(({ 1: verb = '', 2: table = '', index }) => ({
      table: table.toLowerCase(),
      writes: /^(?:into|update|truncate)$/i.test(verb) || isDelete(text, index),
    }))
    .filter(({ table }) => !named.has(table));
}

function isDelete(text: string, index: number): boolean {
  return /\bdelete\s+$/i.test(text.slice(0, index));
}

function isStoreOf(path: string, folder: string): boolean {
  return posix.dirname(path) === folder && /^(?:store.*|.*-store|tables)\.ts$/.test(posix.basename(path));
}

function judgeTableImports(source: Source): string[] {
  return source.imports
    .filter(({ specifier }) => posix.basename(specifier) === 'tables.ts')
    .filter(
      ({ specifier }) =>
        !isStoreOf(source.path, posix.join(posix.dirname(source.path), posix.dirname(specifier))),
    )
    .map(
      ({ specifier, line }) => `${source.path}:${line} imports ${specifier}; only the store beside it may`,
    );
}

function findOwnedTwice(owned: readonly Owned[]): string[] {
  return owned
    .filter(({ table, folder }) => owned.some((other) => other.table === table && other.folder !== folder))
    .map(
      ({ table, folder }) => `${folder}/tables.ts:1 declares ${table}, which another feature declares too`,
    );
}
