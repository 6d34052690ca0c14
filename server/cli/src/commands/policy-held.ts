// `muster policy held`, and how many devices hold the set in force: what devices said last, as the server tells it.
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import type { DevicePolicies, PolicyList } from '../api/types.ts';
import { countOf, formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** Why a device does not hold the set that it was shown last, and what to do. */
const reasons: Readonly<Record<string, string>> = {
  E_WITHHELD:
    'the server did not give it every revision that the set names. muster policy list verifies here whether all are there.',
  E_ROLLBACK:
    'it was shown an older set than it has seen before, and keeps what it has. Find out which backup was restored; to go on from there, raise the policy epoch in the trust document and apply the files anew.',
  E_NOKEY:
    'whoever signed the set may not sign, as far as the device knows. muster apply signs it anew; muster trust shows who may.',
  E_ROLE:
    'whoever signed the set has not the role request, as far as the device knows. muster apply signs it anew; muster trust shows who may.',
  E_TRUST:
    'its trust document is older than the one the set was signed under. It follows by itself while it is connected.',
  E_POLICY:
    'it cannot read one of the policies: most likely its agent is older than that kind of rule. Update the agent.',
  E_LIMIT: 'the policies are more than it keeps, 16 MiB. Say less in them, or take some out of force.',
  E_STATE: 'a file in which it keeps policies was damaged. It fetches them again with its next connection.',
  E_DISK_FULL: 'there is no room on its disk. Make some; it tries again with its next connection.',
};

/** Codes of what is not as people signed it. */
const forged: ReadonlySet<string> = new Set([
  ...['E_SIG', 'E_CANON', 'E_SCHEMA', 'E_SHAPE', 'E_B64', 'E_ORG', 'E_TYPE'],
]);
const FORGED =
  'it is not what people signed. Find out who changed the database or the server before you sign anything.';

/** Registers `held`. */
export function registerHeld(policy: Command, terminal: Terminal): void {
  policy
    .command('held')
    .summary('show what a device holds of the policies in force')
    .description(
      'Shows which set of policies a device holds, as it said at the time shown, and why not the one in force.',
    )
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .action((name: string, _options: unknown, command: Command) =>
      withSession(terminal, command, (session) => show(session, name)),
    );
}

async function show(session: Session, name: string): Promise<void> {
  const { api } = session;
  const { id, hostname } = await findDevice(api, name);
  const held = await take(api.http.GET('/api/v1/devices/{id}/policies', { params: { path: { id } } }));
  session.print({ device: { id, hostname }, ...held }, () => describeHeld(hostname, held).join('\n'));
}

/** What a device holds, in sentences. */
export function describeHeld(hostname: string, { held, isCurrent, code, at }: DevicePolicies): string[] {
  if (at === null)
    return [
      `${hostname} has not said yet that it holds policies: none are in force, or its agent is too old for them.`,
    ];
  const unsigned =
    held === null || held.unsigned === 0
      ? []
      : [
          `${formatCount(held.unsigned)} of them ${held.unsigned === 1 ? 'says' : 'say'} nothing there: nobody who may sign now has signed ${held.unsigned === 1 ? 'it' : 'them'}. muster apply signs them anew.`,
        ];
  const what =
    held === null
      ? `${hostname} holds no set of policies`
      : `${hostname} holds set ${held.version} of epoch ${held.epoch}, ${countOf(held.policies, 'policy', 'policies')}`;
  const standing = held === null ? '' : isCurrent ? ': the set in force' : ', which is not the set in force';
  return [`${what}${standing}; it said so at ${formatMoment(at)}.`, ...unsigned, ...describeCode(code)];
}

function describeCode(code: string | null): string[] {
  if (code === null) return [];
  const why = reasons[code] ?? (forged.has(code) ? FORGED : 'the log of its agent says more.');
  return [`It does not hold what it was shown last (${code}): ${why}`];
}

/** How many devices hold the set in force; null: nobody can say. */
export async function readStandings({ api }: Session): Promise<PolicyList['devices']> {
  return (await take(api.http.GET('/api/v1/policies', {}))).devices;
}

/** The same in a sentence; empty where there is nobody to count. */
export function describeStandings(devices: PolicyList['devices']): string {
  if (devices === null) return 'How many devices hold it cannot be counted just now.';
  const { current, behind, none, refused } = devices;
  const total = current + behind + none + refused;
  if (total === 0) return '';
  const others = [
    ...(behind === 0 ? [] : [`${formatCount(behind)} ${behind === 1 ? 'holds' : 'hold'} an older one`]),
    ...(refused === 0 ? [] : [`${formatCount(refused)} ${refused === 1 ? 'refuses' : 'refuse'} it`]),
  ];
  const rest = others.length === 0 ? '' : `; ${others.join(', ')}`;
  return `${formatCount(current)} of ${countOf(total, 'device')} ${total === 1 ? 'holds' : 'hold'} it${rest}.`;
}
