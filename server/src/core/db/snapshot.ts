// Writes down the schema of a database in a canonical text, so that a review sees what the migrations add up to.
import type { RawSql } from './pool.ts';

/** A relation of the public schema. */
interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly kind: string;
  readonly partitioning: string | null;
  readonly rowSecurity: boolean;
}

interface Line {
  readonly owner: number;
  readonly line: string;
}

/**
 * Text of tables, columns, constraints, indexes, triggers, policies, views, sequences, types and functions in
 * the public schema, sorted, without anything that differs between servers. Partitions are left out: they are
 * data. NOT NULL is part of a column here, because only PostgreSQL 18 lists it as a constraint.
 */
export async function readSchema(sql: RawSql): Promise<string> {
  const relations = await readRelations(sql);
  const details = [
    ...(await readColumns(sql)),
    ...(await readConstraints(sql)),
    ...(await readIndexes(sql)),
    ...(await readTriggers(sql)),
    ...(await readPolicies(sql)),
  ];
  const blocks = relations.map((relation) => {
    const own = details.filter(({ owner }) => owner === relation.oid).map(({ line }) => `  ${line}`);
    return [describeRelation(relation), ...own].join('\n');
  });
  const rest = [...(await readExtensions(sql)), ...(await readTypes(sql)), ...(await readFunctions(sql))];
  return `${[...blocks, ...rest].join('\n\n')}\n`;
}

function describeRelation(relation: Relation): string {
  const partitioning = relation.partitioning === null ? '' : ` partition by ${relation.partitioning}`;
  return `${relation.kind} ${relation.name}${partitioning}${relation.rowSecurity ? ' row security' : ''}`;
}

async function readRelations(sql: RawSql): Promise<Relation[]> {
  return await sql<Relation[]>`
    SELECT c.oid::int AS oid, c.relname AS name, c.relrowsecurity AS "rowSecurity",
      CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
      CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partitioning
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT c.relispartition
      AND c.relname <> 'schema_migration'
    ORDER BY c.relname COLLATE "C"`;
}

async function readColumns(sql: RawSql): Promise<Line[]> {
  return await sql<Line[]>`
    SELECT a.attrelid::int AS owner,
      a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN co.collname IS NOT NULL AND a.attcollation <> t.typcollation THEN ' collate ' || co.collname ELSE '' END
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity' ELSE '' END
        || CASE WHEN d.adbin IS NULL THEN ''
             ELSE CASE WHEN a.attgenerated <> '' THEN ' generated ' ELSE ' default ' END || pg_get_expr(d.adbin, d.adrelid) END
        AS line
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_collation co ON co.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum`;
}

async function readConstraints(sql: RawSql): Promise<Line[]> {
  return await sql<Line[]>`
    SELECT conrelid::int AS owner, 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) AS line
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
    ORDER BY conname COLLATE "C"`;
}

/** Indexes that a constraint made are listed with it. */
async function readIndexes(sql: RawSql): Promise<Line[]> {
  return await sql<Line[]>`
    SELECT i.indrelid::int AS owner, replace(pg_get_indexdef(i.indexrelid), 'public.', '') AS line
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'public'::regnamespace
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
    ORDER BY c.relname COLLATE "C"`;
}

async function readTriggers(sql: RawSql): Promise<Line[]> {
  return await sql<Line[]>`
    SELECT tgrelid::int AS owner, replace(pg_get_triggerdef(oid), 'public.', '') AS line
    FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname COLLATE "C"`;
}

async function readPolicies(sql: RawSql): Promise<Line[]> {
  return await sql<Line[]>`
    SELECT polrelid::int AS owner,
      'policy ' || polname || ' for ' || polcmd::text || ' using ' || coalesce(pg_get_expr(polqual, polrelid), '-')
        || ' check ' || coalesce(pg_get_expr(polwithcheck, polrelid), '-') AS line
    FROM pg_policy ORDER BY polname COLLATE "C"`;
}

async function readExtensions(sql: RawSql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    SELECT 'extension ' || extname AS line FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname COLLATE "C"`;
  return rows.map(({ line }) => line);
}

async function readTypes(sql: RawSql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    SELECT 'type ' || t.typname || ' enum ' || string_agg(quote_literal(e.enumlabel), ' ' ORDER BY e.enumsortorder) AS line
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
    WHERE t.typnamespace = 'public'::regnamespace
    GROUP BY t.typname ORDER BY t.typname COLLATE "C"`;
  return rows.map(({ line }) => line);
}

async function readFunctions(sql: RawSql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    SELECT pg_get_functiondef(p.oid) AS line
    FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"`;
  return rows.map(({ line }) => line.trimEnd());
}
