// Policies as they are shown: the list of a folder, what holds on a device, and why.
import {
  describeException,
  describeWanted,
  type Fate,
  type Policy,
  type ResolvedItem,
  type Trace,
  type TraceLine,
} from '@muster/protocol/policy';
import type { PolicyHistory } from '../api/types.ts';
import { type Canvas, paint, type Tone } from '../output/canvas.ts';
import { formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { safeText, wrapText } from '../output/safe-text.ts';
import { type Cell, drawTable } from '../output/table.ts';
import type { MemberInForce } from '../policy/draft-plan.ts';
import { orderLines } from '../policy/judged.ts';

/** For whom a policy is, in the words of its file. */
function describeDevices({ on, except }: Policy): string {
  const meant = on === 'true' ? 'all devices' : on.replace(/\s+/g, ' ').trim();
  return except === 'false' ? meant : `${meant}, but not ${except.replace(/\s+/g, ' ').trim()}`;
}

/** Draws the list. */
export function drawPolicies(policies: readonly Policy[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'policy', whole: true },
      { title: 'mode', whole: true },
      { title: 'rules', align: 'right' },
      { title: 'priority', align: 'right' },
      { title: 'for whom' },
    ],
    policies.map((policy) => [
      policy.name,
      policy.mode,
      formatCount(policy.rules.length),
      String(policy.priority),
      describeDevices(policy),
    ]),
    canvas,
  );
}

/** Draws the policies in force. */
export function drawInForce(members: readonly MemberInForce[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'policy', whole: true },
      { title: 'version', align: 'right' },
      { title: 'mode', whole: true },
      { title: 'rules', align: 'right' },
      { title: 'priority', align: 'right' },
      { title: 'signed by', whole: true },
      { title: 'for whom' },
    ],
    members.map(({ name, opened }) => {
      if (opened === null)
        return [
          name,
          '',
          '',
          '',
          '',
          { text: 'nobody who may', tone: 'bad' },
          'sign it anew with muster apply',
        ];
      const { document, policy } = opened;
      const { mode, rules, priority } = policy;
      const counts = [mode, formatCount(rules.length), String(priority)];
      return [name, String(document.version), ...counts, document.requester, describeDevices(policy)];
    }),
    canvas,
  );
}

/** Draws the history of a policy. */
export function drawHistory(rows: PolicyHistory['revisions'], canvas: Canvas): string {
  const [newest] = rows;
  return drawTable(
    [
      { title: 'version', align: 'right' },
      { title: 'signed', whole: true },
      { title: 'by', whole: true },
      { title: 'in force', whole: true },
      { title: 'reason' },
    ],
    rows.map(({ epoch, version, at, requester, isInForce, reason }) => [
      // Of an older epoch the number alone would name another revision.
      epoch === newest?.epoch ? String(version) : `${epoch}.${version}`,
      formatMoment(at),
      requester,
      isInForce ? { text: 'yes', tone: 'good' } : 'no',
      reason,
    ]),
    canvas,
  );
}

/** What is done about an item; undecided and exempt ones are looked at, whatever their rules say. */
function modeOf({ decided, mode, exception }: Pick<ResolvedItem, 'decided' | 'mode' | 'exception'>): Cell {
  if (exception !== undefined) return { text: `exempt until ${formatMoment(exception.until)}`, tone: 'warn' };
  return decided ? mode : { text: 'undecided', tone: 'bad' };
}

function nameRule({ rule }: Pick<ResolvedItem, 'rule'>): string {
  return `${rule.policy}/${rule.id}`;
}

/** Draws what holds on a device; with when repairs start, by policy, where some policy says it. */
export function drawResolved(
  items: readonly ResolvedItem[],
  starts: ReadonlyMap<string, string>,
  canvas: Canvas,
): string {
  const isTold = starts.size > 0;
  const when = ({ rule, mode }: ResolvedItem) =>
    mode === 'enforce' ? (starts.get(rule.policy) ?? 'whenever it is due') : '';
  return drawTable(
    [
      { title: 'item', whole: true },
      { title: 'wanted' },
      { title: 'mode', whole: true },
      { title: 'policy/rule' },
      ...(isTold ? [{ title: 'repair starts' }] : []),
    ],
    items.map((one) => [
      ...[one.item, describeWanted(one), modeOf(one), nameRule(one)],
      ...(isTold ? [when(one)] : []),
    ]),
    canvas,
  );
}

/** What became of a rule, in a few words; the sentence below it says the rest. */
const fates: Readonly<Record<Fate, { readonly text: string; readonly tone: Tone }>> = {
  won: { text: 'wins', tone: 'good' },
  agrees: { text: 'agrees with the winner', tone: 'plain' },
  disagrees: { text: 'disagrees at the same rank', tone: 'bad' },
  exempt: { text: 'left alone for a time', tone: 'warn' },
  outranked: { text: 'outranked by a higher priority', tone: 'plain' },
  overridden: { text: 'overridden at the same priority', tone: 'plain' },
  'not-for-device': { text: 'not for this device', tone: 'quiet' },
  excepted: { text: 'leaves this device out', tone: 'quiet' },
  'not-now': { text: 'does not hold here now', tone: 'quiet' },
};

/** The answer in a sentence. `starts`: when repairs of a policy start, where it says so. */
export function describeAnswer(
  { resolved, item, lines }: Trace,
  hostname: string,
  starts: ReadonlyMap<string, string>,
): string {
  if (resolved === null) return `Nothing is wanted of ${item} on ${hostname}: no rule about it holds there.`;
  const wanted = describeWanted(resolved);
  if (resolved.exception !== undefined)
    return `On ${hostname} ${item} is left alone, though ${nameRule(resolved)} wants: ${wanted}. ${describeException(resolved.exception)}`;
  if (!resolved.decided)
    return `Nobody decides ${item} on ${hostname}: rules of the same rank want different things, so nothing is changed.`;
  const doing = resolved.mode === 'enforce' ? 'It would be enforced' : 'It would only be looked at';
  // A rule that enforces may win together with one that only looks.
  const winner = lines.find(({ fate }) => fate === 'won');
  const why =
    resolved.mode === 'audit' && winner?.mode === 'enforce' ? ', since a rule that agrees only looks' : '';
  const start = resolved.mode === 'enforce' ? starts.get(resolved.rule.policy) : undefined;
  const when = start === undefined ? '' : `; a repair starts ${start}`;
  return `On ${hostname} is wanted: ${wanted}, by ${nameRule(resolved)}. ${doing}${why}${when}.`;
}

/** Draws the answer, and below it every rule with its fate and what would have to change. */
export function drawTrace({ lines }: Trace, answer: string, canvas: Canvas): string {
  const blocks = orderLines(lines).map((line) => drawLine(line, canvas));
  return [...fold(answer, '', canvas), '', ...blocks.flat()].join('\n');
}

function drawLine({ fate, rule, kind, wanted, mode, change }: TraceLine, canvas: Canvas): string[] {
  const { text, tone } = fates[fate];
  const override = rule.override ? ', override' : '';
  const head = `${safeText(`${rule.policy}/${rule.id}`)}  ${paint(text, tone, canvas)}`;
  const says = `${describeWanted({ kind, wanted })}; ${mode}, priority ${rule.priority}${override}`;
  return [head, ...fold(says, '  ', canvas), ...(change === '' ? [] : fold(change, '  ', canvas))];
}

function fold(text: string, indent: string, { width }: Canvas): string[] {
  const room = width === null ? Number.POSITIVE_INFINITY : Math.max(20, width - indent.length);
  return wrapText(safeText(text), room).map((line) => `${indent}${line}`);
}
