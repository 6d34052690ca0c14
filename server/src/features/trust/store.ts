// Statements of the trust feature: organizations and their chains of trust documents.
import { type AuditEvent, writeAudit } from '../../core/audit/audit.ts';
import { insertPending } from '../../core/audit/store.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';

/** An organization. */
export interface OrganizationRow {
  readonly tenant: number;
  readonly id: string;
  readonly name: string;
}

/** A stored trust document; the envelope is kept as the text that was signed around. */
export interface TrustRow {
  readonly version: number;
  readonly envelope: string;
}

/** The organization of this server; undefined before the first run has finished. */
export async function selectOrganization(sql: RawSql): Promise<OrganizationRow | undefined> {
  const rows = await sql<
    OrganizationRow[]
  >`SELECT tenant, id, name FROM organization ORDER BY tenant LIMIT 1`;
  return rows[0];
}

/** All documents of the chain, oldest first. */
export function selectChain(sql: RawSql, tenant: number): Promise<TrustRow[]> {
  return sql<
    TrustRow[]
  >`SELECT version, envelope FROM trust_document WHERE tenant = ${tenant} ORDER BY version`;
}

/** Documents after a version, oldest first. */
export function selectChainAfter(sql: RawSql, tenant: number, version: number): Promise<TrustRow[]> {
  return sql<TrustRow[]>`SELECT version, envelope FROM trust_document
    WHERE tenant = ${tenant} AND version > ${version} ORDER BY version`;
}

/** A document to be stored. */
export interface NewTrustRow extends TrustRow {
  readonly tenant: number;
  readonly hash: Uint8Array;
}

/** Organization, its first document and the event, in one transaction: all of it or nothing. */
export async function insertOrganization(
  sql: RawSql,
  organization: OrganizationRow,
  { document, event }: { readonly document: NewTrustRow; readonly event: AuditEvent },
): Promise<void> {
  await inTransaction(sql, async (tx) => {
    await tx`INSERT INTO organization (tenant, id, name) VALUES (${organization.tenant}, ${organization.id}, ${organization.name})`;
    await tx`INSERT INTO trust_document (tenant, version, hash, envelope)
      VALUES (${document.tenant}, ${document.version}, ${Buffer.from(document.hash)}, ${document.envelope})`;
    await writeAudit(tx, event);
  });
}

/** The next document of a chain with the event, in one statement; a version that exists already is a unique violation. */
export async function insertDocument(sql: RawSql, document: NewTrustRow, event: AuditEvent): Promise<void> {
  await sql`WITH audited AS (${insertPending(sql, event)})
    INSERT INTO trust_document (tenant, version, hash, envelope)
    VALUES (${document.tenant}, ${document.version}, ${Buffer.from(document.hash)}, ${document.envelope})`;
}
