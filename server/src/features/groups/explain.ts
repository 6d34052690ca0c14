// An explanation as the API gives it: one row a part, in the order of the text.
import { type Expression, explainExpression, listExplained } from '@muster/protocol/language';
import { fail } from '../../errors.ts';
import type { Fleet } from '../fleet/index.ts';
import type { Explanation } from './schema.ts';

/** Tries an expression on a device, with the values that the fleet index has of it now. @throws MusterError E_INDEX, E_EXPRESSION, E_NOT_FOUND */
export async function tryExpression(
  fleet: Pick<Fleet, 'facts'>,
  device: { readonly tenant: number; readonly idx: number },
  expression: Expression,
): Promise<Explanation> {
  const facts = await fleet.facts(device.tenant, device.idx, expression);
  if (facts === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no device with that id.' });
  const explained = explainExpression(expression.tree, facts);
  const parts = listExplained(explained).map((part) => ({
    ...part,
    reads: part.reads.map((one) => ({ ...one })),
  }));
  return { holds: explained.holds, parts };
}
