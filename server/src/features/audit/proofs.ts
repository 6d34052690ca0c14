// Reads parts of the stored tree: to go on with it, for proofs, and for exports that begin in the middle.
import { createTreeRange, hashLeaf, proveConsistency } from '@muster/protocol';
import type { RawSql } from '../../core/db/pool.ts';
import type { AuditDeps } from './deps.ts';
import { selectHashes } from './store.ts';
import { createTiledTree, type PartPlace, placeOfPart, TILE, type TiledTree } from './tiles.ts';

/** Somebody took something out of the tables. */
export class MissingHash extends Error {}

type TreeDeps = Pick<AuditDeps, 'crypto'> & { readonly sql: RawSql; readonly tenant: number };

/** Hashes of all these places, in one statement; level 0 as leaves. @throws MissingHash */
async function readPlaces(
  { sql, tenant, crypto }: TreeDeps,
  places: readonly PartPlace[],
): Promise<Uint8Array[][]> {
  const rows = await selectHashes(sql, tenant, places);
  const found = new Map(rows.map(({ level, at, hash }) => [`${level}/${at}`, hash]));
  return places.map(({ level, from, count }) =>
    Array.from({ length: count }, (_, at) => {
      const hash = found.get(`${level}/${from + at}`);
      if (hash === undefined) throw new MissingHash(`the audit lacks hash ${from + at} of level ${level}`);
      return level === 0 ? hashLeaf(hash, crypto) : hash;
    }),
  );
}

/** The tree of the first `size` entries, as it can go on. */
export async function readTree(deps: TreeDeps, size: number): Promise<TiledTree> {
  const places: PartPlace[] = [];
  for (let level = 0, count = size; level === 0 || count > 0; level++, count = Math.floor(count / TILE))
    places.push({ level, from: Math.floor(count / TILE) * TILE, count: count % TILE });
  return createTiledTree(deps.crypto, { size, open: await readPlaces(deps, places) });
}

/** The hashes that show that the tree of the first size is the beginning of that of the second. */
export async function readProof(
  deps: TreeDeps,
  sizes: { readonly first: number; readonly second: number },
): Promise<Uint8Array[]> {
  const hasher = deps.crypto;
  const places = new Map<string, PartPlace>();
  const keyOf = ({ level, from, count }: PartPlace) => `${level}/${from}/${count}`;
  // Once to hear what is needed, once with it: however long the proof is, it is one statement.
  const note = async (from: number, count: number) => {
    const place = placeOfPart(from, count);
    places.set(keyOf(place), place);
    return new Uint8Array(32);
  };
  await proveConsistency(sizes, { read: note, hasher });
  const hashes = await readPlaces(deps, [...places.values()]);
  const roots = new Map(
    [...places.keys()].map((key, at) => {
      const range = createTreeRange(hasher);
      for (const hash of hashes[at] ?? []) range.append(hash);
      return [key, range.root()];
    }),
  );
  const read = async (from: number, count: number) =>
    roots.get(keyOf(placeOfPart(from, count))) ?? new Uint8Array(32);
  return proveConsistency(sizes, { read, hasher });
}
