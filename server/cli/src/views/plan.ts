// A plan as it is shown before somebody signs: what changes in the policies, and on which devices.
import { diffLines, formatPolicyYaml, type Policy, type PolicyChange } from '@muster/protocol/policy';
import type { PlanView } from '../api/types.ts';
import { type Canvas, paint, type Tone } from '../output/canvas.ts';
import { countOf, formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { safeText } from '../output/safe-text.ts';
import type { MadePlan } from '../policy/draft-plan.ts';

type Effect = PlanView['effects'][number];
type Wish = Effect['items'][number]['before'];

const marks: Readonly<Record<PolicyChange['change'], { readonly mark: string; readonly tone: Tone }>> = {
  added: { mark: '+', tone: 'good' },
  changed: { mark: '~', tone: 'warn' },
  deleted: { mark: '-', tone: 'bad' },
};

/** Draws the whole plan. */
export function drawPlan(made: MadePlan, canvas: Canvas): string {
  const { plan, view, inForce } = made;
  if (plan.isEmpty)
    return `Nothing changes: ${countOf(plan.unchanged.length, 'policy is', 'policies are')} in force as wanted.`;
  const from = inForce.base === '' ? 'Nothing is in force yet.' : `It starts from set ${inForce.version}.`;
  const same = plan.unchanged.length;
  return [
    `Plan ${plan.digest}. ${from}`,
    ...(inForce.isVoid ? ['The set in force is signed by nobody who may sign now; it is signed anew.'] : []),
    ...plan.changes.flatMap((change) => drawChange(change, made, canvas)),
    ...(same === 0
      ? []
      : [`${countOf(same, 'policy stays', 'policies stay')} as ${same === 1 ? 'it is' : 'they are'}.`]),
    '',
    ...drawEffects(view),
  ].join('\n');
}

function drawChange(change: PolicyChange, { inForce, wanted }: MadePlan, canvas: Canvas): string[] {
  const { mark, tone } = marks[change.change];
  const before = inForce.members.find(({ name }) => name === change.name)?.opened?.policy;
  const after = wanted.find(({ policy }) => policy.name === change.name)?.policy;
  const head = paint(`${mark} ${change.name} is ${change.change}`, tone, canvas);
  if (change.change === 'changed' && after !== undefined && before === undefined)
    return [`${head}: what is in force is signed by nobody who may sign now`];
  if (after === undefined || before === undefined)
    return after === undefined ? [head] : [`${head}: ${describePolicy(after)}`, ...drawScripts(after)];
  const text = diffLines(formatPolicyYaml(before), formatPolicyYaml(after)).trimEnd();
  // Only of a void set: nobody vouches for it.
  if (text === '') return [`${head}: it says the same, and is signed anew`];
  const lines = text.split('\n');
  return [head, ...lines.map((line) => `    ${safeText(line)}`)];
}

/** Programs of a policy that is new here, line by line: whoever signs them has them run as root. */
function drawScripts({ rules }: Policy): string[] {
  return rules.flatMap((rule) => {
    if (rule.kind !== 'script') return [];
    const { check, fix = '', interpreter } = rule.wanted;
    const parts = [['check', check] as const, ...(fix === '' ? [] : [['fix', fix] as const])];
    return parts.flatMap(([part, text]) => [
      `    ${rule.id}: ${part}, run by ${interpreter}`,
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => `      ${safeText(line)}`),
    ]);
  });
}

function describePolicy({ mode, priority, rules, on, except, exceptions, freezes }: Policy): string {
  const parts = [
    countOf(rules.length, 'rule'),
    ...(exceptions.length === 0 ? [] : [countOf(exceptions.length, 'exception')]),
    ...(freezes.length === 0 ? [] : [countOf(freezes.length, 'freeze')]),
  ];
  const whom = on === 'true' ? 'all devices' : `devices where ${on}`;
  const but = except === 'false' ? '' : `, but not where ${except}`;
  return safeText(
    `${mode}, priority ${priority}, ${parts.join(', ')}, for ${whom}${but}`.replace(/\s+/g, ' '),
  );
}

function drawEffects({ at, devices, touched, effects, effectCount }: PlanView): string[] {
  const asOf = `as of ${safeText(formatMoment(at))}, by the word of the server`;
  if (touched === 0) return [`Of ${countOf(devices, 'device')} none is touched, ${asOf}.`];
  const more = effectCount - effects.length;
  return [
    `Of ${countOf(devices, 'device')} ${touched === 1 ? 'one is' : `${formatCount(touched)} are`} touched, ${asOf}:`,
    ...effects.flatMap(drawEffect),
    ...(more > 0 ? [`And ${countOf(more, 'other effect')} on fewer devices.`] : []),
  ];
}

function drawEffect({ devices, examples, items, itemCount }: Effect): string[] {
  const names = examples.map(({ hostname }) => hostname);
  const some = devices > names.length ? [...names, '…'] : names;
  const more = itemCount - items.length;
  return [
    `  ${countOf(devices, 'device')}${names.length === 0 ? '' : ` (${safeText(some.join(', '))})`}:`,
    ...items.map(
      ({ item, before, after }) =>
        `    ${safeText(`${item}: ${describeWish(before)} → ${describeWish(after)}`)}`,
    ),
    ...(more > 0 ? [`    and ${countOf(more, 'other item')}`] : []),
  ];
}

function describeWish(wish: Wish): string {
  if (wish === null) return 'nothing wanted';
  const decided = wish.isDecided ? wish.mode : 'undecided';
  const how = wish.exemptUntil === null ? decided : `exempt until ${formatMoment(wish.exemptUntil)}`;
  return `${wish.says} (${how}, ${wish.rule})`;
}
