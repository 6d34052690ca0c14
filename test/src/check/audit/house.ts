// A server with a history, its exports, and the verifier: what the checks of the audit share.
import { decodeBase64url, type Envelope, parseEnvelope, trustHash } from '@muster/protocol';
import { inTransaction, silentLog, systemClock, writeVerifiable } from '@muster/server';
import { type ServerWish, startTestServer, type TestLike, type TestServer } from '../../support/server.ts';
import { until } from '../../support/wait.ts';
import { crypto } from '../lab/party.ts';

/** What the verifier says. */
export interface Report {
  readonly entries: number;
  readonly checkpoints: number;
  readonly witnesses: number;
  readonly faults: readonly string[];
  readonly faultCount: number;
}

interface Verifier {
  line(text: string): void;
  finish(): Report;
}

const isSource = import.meta.url.endsWith('.ts');
const place = isSource
  ? '../../../../server/cli/src/verify/verify.ts'
  : '../../../../server/cli/dist/verify/verify.js';
const { createVerifier }: { createVerifier(options: object): Verifier } = await import(
  new URL(place, import.meta.url).href
);

/** A connection inside a transaction of the server's own database. */
export type Tx = Parameters<Parameters<typeof inTransaction>[1]>[0];

/** Thrown to take back what was done in a transaction. */
class Undo extends Error {}

/** The house. */
export interface AuditHouse {
  readonly server: TestServer;
  /** Hash of the first trust document. */
  readonly trustHash: string;
  /** Does things that are audited. */
  act(times: number): Promise<void>;
  /** The export of the API, line by line, with all that was written, itself included. */
  exportNow(): Promise<string[]>;
  /** The newest checkpoint, as a device keeps it. */
  testify(): Promise<Envelope>;
  /** Verifies lines against the trust of this house and what devices saw. */
  verify(lines: readonly string[], witnesses?: readonly Envelope[]): Report;
  /** Does something to the tables, as whoever owns the database can. */
  own(work: (tx: Tx) => Promise<void>): Promise<void>;
  /** Does something to the tables, exports them, and takes it back. */
  exportTampered(tamper: (tx: Tx) => Promise<void>): Promise<string[]>;
}

/** The lines of the tables as they are in a transaction. */
async function readExport(tx: Tx, server: TestServer, chain: readonly Envelope[]): Promise<string[]> {
  const rows = await tx<{ size: number }[]>`SELECT max(size) AS size FROM audit_checkpoint`;
  const { body } = await server.call<{ organization: { id: string } }>('/api/v1/trust');
  const trust = {
    ...{ tenant: server.running.tenant, org: body.organization.id },
    current: () => ({ document: { version: chain.length } }) as never,
    chainFrom: (version: number) => chain.slice(version - 1),
    seal: () => {
      throw new Error('nothing is signed here');
    },
  };
  let text = '';
  const deps = { sql: tx, clock: systemClock, log: silentLog, crypto, trust };
  for await (const piece of writeVerifiable(deps, { from: 1, to: rows[0]?.size ?? 0 })) text += piece;
  return text.trimEnd().split('\n');
}

/** Starts a server and gives it so much history, with several checkpoints. */
export async function openAuditHouse(t: TestLike, acts: number, wish: ServerWish = {}): Promise<AuditHouse> {
  const server = await startTestServer(t, wish);
  const { database } = server.running;
  const { body } = await server.call<{ envelopes: Envelope[] }>('/api/v1/trust/chain');
  const chain = body.envelopes.map(parseEnvelope);
  const pinned = trustHash(decodeBase64url(chain[0]?.payload ?? ''), crypto);
  const house: AuditHouse = {
    server,
    trustHash: pinned,
    async act(times) {
      for (let at = 0; at < times; at++) {
        const wish = { name: `token ${at}`, uses: 1, autoApprove: true, labels: { site: `site-${at}` } };
        const made = await server.call<{ token: { id: string } }>('/api/v1/enrollment-tokens', {
          method: 'POST',
          body: wish,
        });
        if (at % 2 === 0)
          await server.call(`/api/v1/enrollment-tokens/${made.body.token.id}`, { method: 'DELETE' });
      }
    },
    exportNow: () =>
      // What an older transaction of the server holds up is sealed behind it: then nothing would end where a device has looked.
      until('an export has all there is', async () => {
        const { status, text } = await server.call('/api/v1/audit/export');
        // Nothing was sealed at all yet.
        if (status === 400) return null;
        if (status !== 200) throw new Error(`no export: ${status} ${text}`);
        const pending = await database.sql`SELECT 1 FROM audit_pending LIMIT 1`;
        const [head] = await database.sql<{ size: number }[]>`SELECT size FROM audit_head`;
        const lines = text.trimEnd().split('\n');
        const { to }: { to?: number } = JSON.parse(lines[0] ?? '');
        return pending.length === 0 && to === head?.size ? lines : null;
      }),
    async testify() {
      const answer = await server.call<{ envelope: Envelope }>('/api/v1/audit/checkpoint');
      return parseEnvelope(answer.body.envelope);
    },
    verify(lines, witnesses = []) {
      const seen = witnesses.map((envelope, at) => ({
        name: `device ${at}`,
        text: JSON.stringify({ witness: { newest: { envelope }, alarm: null } }),
      }));
      const verifier = createVerifier({
        trustHash: pinned,
        serverKeys: [],
        trustVersion: null,
        witnesses: seen,
      });
      for (const line of lines) verifier.line(line);
      return verifier.finish();
    },
    own: (work) =>
      inTransaction(database.sql, async (tx) => {
        // Triggers bind the server only.
        await tx`SET LOCAL session_replication_role = replica`;
        await work(tx);
      }),
    async exportTampered(tamper) {
      let lines: string[] = [];
      try {
        await house.own(async (tx) => {
          await tamper(tx);
          lines = await readExport(tx, server, chain);
          throw new Undo('taken back');
        });
      } catch (error) {
        if (!(error instanceof Undo)) throw error;
      }
      return lines;
    },
  };
  for (let part = 0; part < 4 && acts > 0; part++) {
    await house.act(Math.ceil(acts / 4));
    await house.exportNow();
  }
  return house;
}
