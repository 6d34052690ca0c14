// The rule about data: only the feature that owns a table names it, in its own store.
import { posix } from 'node:path';
import ts from 'typescript';
import { foreignReads, tableOwners } from './layers.ts';
import { listNodes, type Source } from './source.ts';

/** A table and the folder whose files may name it. */
interface Owned {
  readonly table: string;
  readonly folder: string;
}

/** SQL that names tables outside the owner's store, imports of `tables.ts` from elsewhere, and tables owned twice. */
export function findForeignTables(sources: readonly Source[]): string[] {
  const listed = Object.entries(tableOwners).map(([table, folder]) => ({ table, folder }));
  const declared = sources.filter(({ path }) => posix.basename(path) === 'tables.ts').flatMap(listTables);
  const owned = [...listed, ...declared];
  const server = sources.filter(({ path, isTest }) => path.startsWith('server/src/') && !isTest);
  return [
    ...server.flatMap((source) => judgeSql(source, owned)),
    ...server.flatMap(judgeTableImports),
    ...findOwnedTwice(declared, owned),
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

function findOwnedTwice(declared: readonly Owned[], owned: readonly Owned[]): string[] {
  return declared
    .filter(({ table, folder }) => owned.some((other) => other.table === table && other.folder !== folder))
    .map(({ table, folder }) => `${folder}/tables.ts:1 declares ${table}, which another feature owns too`);
}

/** Tables that a migration makes and nobody owns, and owners of tables that no migration makes. */
export function findUnownedTables(migrations: readonly { path: string; text: string }[]): string[] {
  const made = migrations.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const table = /^create table (?:if not exists )?"?([a-z_0-9]+)"?/i.exec(line.trim())?.[1];
      return table === undefined ? [] : [{ table, place: `${path}:${index + 1}` }];
    }),
  );
  const names = new Set(made.map(({ table }) => table));
  return [
    ...made
      .filter(({ table }) => tableOwners[table] === undefined)
      .map(({ table, place }) => `${place} makes the table ${table}, which has no owner in layers.ts`),
    ...Object.keys(tableOwners)
      .filter((table) => migrations.length > 0 && !names.has(table))
      .map(
        (table) => `test/src/architecture/layers.ts:1 gives an owner to ${table}, which no migration makes`,
      ),
  ];
}
