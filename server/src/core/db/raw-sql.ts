// The type of the raw client, apart from its making: those who make it need files that speak of it.
import type { Sql } from 'postgres';

/** The raw client: tagged templates, arrays as typed parameters. */
export type RawSql = Sql<{ int8: number | bigint }>;
/** The client of a transaction, on one connection (see transaction.ts). */
export type RawTransaction = RawSql;
