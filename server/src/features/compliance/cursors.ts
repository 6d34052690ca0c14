// Cursors of the lists of compliance: what somebody made up is refused before it reaches a statement.
import { decodeCursor, type Keyset } from '../../core/http/paging.ts';
import { fail } from '../../errors.ts';
import { stateNames } from './standing.ts';

/** Items of a device. */
export const worstFirst: Keyset<[number, string]> = { list: 'compliance:device', key: ['number', 'string'] };
/** Items of a rule. */
export const byRule: Keyset<[number, number, number]> = {
  list: 'compliance:rule',
  key: ['number', 'number', 'number'],
};

/** Largest number of a rule or a device that the database has a column for. */
const MAX_NUMBER = 2 ** 31 - 1;

const isNumber = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;
const isState = (value: number) => isNumber(value, stateNames.length - 1);

/** Where a page of a device's items goes on; null: at the beginning. @throws MusterError E_CURSOR */
export function readDeviceCursor(
  cursor: string | undefined,
): { readonly state: number; readonly item: string } | null {
  const key = decodeCursor(worstFirst, cursor);
  if (key === undefined) return null;
  const [state, item] = key;
  if (!isState(state) || item.includes('\0')) throw fail('E_CURSOR');
  return { state, item };
}

/** Where a page of a rule's items goes on; null: at the beginning. @throws MusterError E_CURSOR */
export function readRuleCursor(
  cursor: string | undefined,
): { readonly ruleId: number; readonly state: number; readonly idx: number } | null {
  const key = decodeCursor(byRule, cursor);
  if (key === undefined) return null;
  const [ruleId, state, idx] = key;
  if (!isNumber(ruleId, MAX_NUMBER) || !isState(state) || !isNumber(idx, MAX_NUMBER)) throw fail('E_CURSOR');
  return { ruleId, state, idx };
}
