// What the hostile device says of the policies that are in force: true names of a rule, and lies in every text.
import type { PolicyReport } from '@muster/protocol';
import type { Planter } from './payloads.ts';

/** The one rule of the policy in plants.ts; the server keeps nothing of a rule that nobody signed. */
export const PLANTED = {
  policy: 'planted',
  rule: 'r',
  key: 'kernel.domainname',
} as const;

/** Longest text of such a report, characters. */
const MAX_CHARS = 500;

/** A report that its one item is not as it should be. */
export function makeStanding(planter: Planter, set: string, seq: number): PolicyReport {
  const at = new Date().toISOString();
  const text = (name: string) => planter.make(`standing.${name}`, MAX_CHARS);
  return {
    ...{ type: 'policy.report', seq, at, set, reset: true, gone: [] },
    items: [
      {
        ...{ item: `sysctl.${PLANTED.key}`, policy: PLANTED.policy, rule: PLANTED.rule, mode: 'enforce' },
        ...{ state: 'error', code: 'E_REPAIR', since: at },
        ...{ found: text('found'), wanted: text('wanted'), reason: text('reason') },
        done: [text('done'), text('done')],
      },
    ],
  };
}
