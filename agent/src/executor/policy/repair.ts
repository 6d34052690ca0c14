// Repairs one item: asks the deny list, plans step by step, writes down that it begins, acts, and says how that ended.
import { type DenyRule, findDenial } from '@muster/protocol/commands';
import type { ResolvedItem } from '@muster/protocol/policy';
import type { Effect, KindContext } from '../kinds/kind.ts';
import { quoteOutput, refuseBy } from '../kinds/programs/find.ts';
import type { Step } from './rule.ts';

/** How a repair ended, before anybody looked whether it holds. */
export type RepairEnd =
  /** Every step that was needed ended well; none was where `done` is empty. */
  | { readonly end: 'done'; readonly done: readonly string[] }
  /** Nothing was begun. */
  | { readonly end: 'refused'; readonly code: string; readonly reason: string }
  /** A step failed, or could not be taken after others were. */
  | {
      readonly end: 'failed';
      readonly code: string;
      readonly reason: string;
      readonly done: readonly string[];
    };

/** What a repair works with. */
export interface RepairDeps {
  readonly context: KindContext;
  readonly denyRules: readonly DenyRule[];
  /** Called before anything is changed; durable when it answers. */
  begin(): Promise<void>;
}

/** The owner's word about one step: as each kind of command that would do the same, and as the kind of rule. */
function findStepDenial(
  { denyRules }: RepairDeps,
  kinds: readonly string[],
  names: readonly string[],
): string | undefined {
  for (const kind of kinds) {
    const reason = findDenial(denyRules, kind, { names });
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Carries an effect out here and now. Null: it ended well. */
async function carryOut(effect: Effect, context: KindContext): Promise<string | null> {
  switch (effect.where) {
    case 'inside': {
      const { ok, summary } = await effect.run(new AbortController().signal);
      return ok ? null : summary;
    }
    case 'unit': {
      const { exit, signal, timedOut, output } = await context.read(effect.program);
      if (exit !== null && effect.okExits.includes(exit)) return null;
      const how = timedOut
        ? 'took too long'
        : exit === null
          ? `was ended by ${signal}`
          : `ended with ${exit}`;
      return `${effect.program.path} ${how}: ${quoteOutput(output)}`;
    }
    case 'core':
      return 'That is no repair.';
  }
}

/** Takes the steps in order. @throws what a step throws */
export async function repairItem(
  { kind }: ResolvedItem,
  steps: readonly Step[],
  deps: RepairDeps,
): Promise<RepairEnd> {
  const done: string[] = [];
  for (const { kinds, names, plan } of steps) {
    const asked = [`policy.${kind}`, ...kinds];
    const findLater = async (others: readonly string[]) => findStepDenial(deps, asked, others);
    const denial = findStepDenial(deps, asked, names);
    const check =
      denial === undefined ? await plan({ ...deps.context, findDenial: findLater }) : refuseBy(denial);
    if (check.state === 'holds') continue;
    if (check.state === 'refused') {
      const why = { code: check.code, reason: check.summary };
      return done.length === 0 ? { end: 'refused', ...why } : { end: 'failed', ...why, done };
    }
    if (done.length === 0) await deps.begin();
    const failure = await carryOut(check.effect, deps.context);
    if (failure !== null) return { end: 'failed', code: 'E_REPAIR', reason: failure, done };
    done.push(check.summary);
  }
  return { end: 'done', done };
}
