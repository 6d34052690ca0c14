// Which devices hold packages that an expression asks about: packages that fit → sets that have one → devices, three statements at most.
import { ECOSYSTEMS, versionKey } from '@muster/protocol';
import type { SoftwareAsked } from '@muster/protocol/language';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { findAllHolders, findPackages, findSets } from './store-software.ts';

const operators = { '<': 'lt', '<=': 'le', '==': 'eq', '!=': 'ne', '>=': 'ge', '>': 'gt' } as const;

/** Finds the devices, by number: all, or those of some. */
export function createSoftwareReader(sql: RawSql) {
  return (tenant: number, asked: SoftwareAsked, idxs: readonly number[] | null): Promise<number[]> =>
    withMappedErrors(async () => {
      const { name, version: wanted } = asked;
      const version =
        wanted === undefined
          ? null
          : { op: operators[wanted.by], keys: ECOSYSTEMS.map((one) => versionKey(one, wanted.text)) };
      const packages = await findPackages(sql, { tenant, name, ecosystems: ECOSYSTEMS, version });
      if (packages.length === 0) return [];
      const sets = await findSets(
        sql,
        tenant,
        packages.map(({ id }) => id),
      );
      // All packages of one name stand in one part.
      const [first] = sets;
      if (first === undefined) return [];
      return findAllHolders(sql, tenant, { part: first.part, sets: sets.map(({ id }) => id), idxs });
    });
}
