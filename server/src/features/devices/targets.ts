// Devices as targets of commands, for features that hold them by number.
import { type Crypto, fingerprint } from '@muster/protocol';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import { selectByIdx, selectIds, selectNamed, type TargetRow } from './store-targets.ts';

/** A device as a signer is shown it. */
interface TargetDevice {
  readonly idx: number;
  readonly id: string;
  readonly hostname: string;
  readonly fingerprint: string;
  /** active, or why it takes no commands: pending, quarantined, retired. */
  readonly state: TargetRow['state'];
  readonly isActive: boolean;
}

/** Where targets come from; one statement a question, however many devices. */
export interface TargetSource {
  /** The device that each word names: an id, the only beginning of one, or the only such host name. @throws MusterError E_DEVICE_NAME */
  named(
    tenant: number,
    words: readonly string[],
    seen?: Pick<DeviceSet, 'has'> | null,
  ): Promise<TargetDevice[]>;
  byIdx(tenant: number, idxs: readonly number[]): Promise<ReadonlyMap<number, TargetDevice>>;
  /** Raw public key, 32 bytes; null for no such device. */
  key(tenant: number, idx: number): Promise<Uint8Array | null>;
  /** Ids by number. */
  ids(tenant: number, idxs: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

/** Makes the source. */
export function createTargetSource(sql: RawSql, crypto: Crypto): TargetSource {
  const show = (row: TargetRow): TargetDevice => ({
    idx: row.idx,
    id: row.id,
    hostname: row.hostname,
    fingerprint: fingerprint(row.deviceKey, crypto),
    state: row.state,
    isActive: row.state === 'active',
  });
  return {
    async named(tenant, words, seen = null) {
      const all = await withMappedErrors(() => selectNamed(sql, tenant, [...new Set(words)]));
      // A device that somebody does not see makes no name ambiguous.
      const rows = all.filter(({ idx }) => seen?.has(idx) ?? true);
      const byWord = new Map<string, TargetRow[]>();
      for (const row of rows) byWord.set(row.word, [...(byWord.get(row.word) ?? []), row]);
      const found = words.map((word) => show(pickNamed(word, byWord.get(word) ?? [])));
      return [...new Map(found.map((device) => [device.idx, device])).values()];
    },
    async byIdx(tenant, idxs) {
      const rows = await withMappedErrors(() => selectByIdx(sql, tenant, idxs));
      return new Map(rows.map((row) => [row.idx, show(row)]));
    },
    async key(tenant, idx) {
      const [row] = await withMappedErrors(() => selectByIdx(sql, tenant, [idx]));
      return row?.deviceKey ?? null;
    },
    async ids(tenant, idxs) {
      const rows = await withMappedErrors(() => selectIds(sql, tenant, idxs));
      return new Map(rows.map(({ idx, id }) => [idx, id]));
    },
  };
}

/** A whole id wins over everything else. */
function pickNamed(word: string, rows: readonly TargetRow[]): TargetRow {
  const exact = rows.find(({ id }) => id === word);
  const [first, second] = rows;
  if (exact !== undefined) return exact;
  if (first === undefined) throw fail('E_DEVICE_NAME', { detail: `There is no device called ${word}.` });
  if (second === undefined) return first;
  const ids = rows.slice(0, 3).map(({ id }) => id);
  throw fail('E_DEVICE_NAME', {
    detail: `More than one device is called ${word} (${ids.join(', ')}${rows.length > 3 ? ', …' : ''}); name it by its id.`,
  });
}
