// Trust documents that another process of this server put in force: read, followed as a device would, in force here too.
import { type Envelope, followTrustChain, parseEnvelope, type TrustState } from '@muster/protocol';
import type { SigningKey } from '../../core/crypto.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { type Chain, verifyDeps } from './chain.ts';
import { findServerKey } from './keys.ts';
import { selectChainAfter } from './store.ts';

/** What is reloaded. */
export interface ReloadDeps {
  readonly sql: RawSql;
  readonly tenant: number;
  readonly keyFolder: string;
  readonly chain: Chain;
  /** Key the server signs with. */
  readonly serverKey: { current: SigningKey };
  /** Called for each document that is new here, in order. */
  adopted(state: TrustState, envelope: Envelope): Promise<void>;
}

/** Reads them; one at a time, and never beside an update. */
export async function reload({
  sql,
  tenant,
  keyFolder,
  chain,
  serverKey,
  adopted,
}: ReloadDeps): Promise<void> {
  for (const row of await selectChainAfter(sql, tenant, chain.state.document.version)) {
    // An update of this process may have come first.
    if (row.version !== chain.state.document.version + 1) continue;
    const envelope = parseEnvelope(row.envelope);
    const state = followTrustChain(chain.state, [envelope], verifyDeps);
    const key = await findServerKey(state.document, keyFolder);
    chain.envelopes.push(envelope);
    chain.state = state;
    if (key !== null) serverKey.current = key;
    await adopted(state, envelope);
  }
}
