// A command as it will be signed: every field of the payload, decoded, and the exact devices.
import type { ReadonlyTrust } from '@muster/protocol';
import { classOf } from '@muster/protocol';
import {
  type Command,
  countTargets,
  isCommandKind,
  kindEntry,
  signersNeeded,
} from '@muster/protocol/commands';
import type { TargetDevice } from '../api/types.ts';
import { type Canvas, paint } from '../output/canvas.ts';
import { countOf, formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { formatJson, safeText } from '../output/safe-text.ts';
import { drawFacts, drawWhole } from '../output/table.ts';

/** Devices that are named when there are too many to name all. */
const SAMPLE = 5;

/** What stands beside a command. */
export interface CommandPicture {
  readonly command: Command;
  readonly trust: ReadonlyTrust;
  /** What is known of the devices besides what is signed. */
  readonly devices?: { readonly shown: readonly TargetDevice[]; readonly offline: number };
  /** Expression by which they were found. */
  readonly on?: string | undefined;
  /** Names of content by hash. */
  readonly content?: string | undefined;
}

/** The class of a command and what it needs. */
function describeNeed({ kind, emergency }: Command, trust: ReadonlyTrust): string {
  const word = classOf(kind, trust.classes);
  const needed = signersNeeded(word, trust.mode, emergency);
  const coolOff = word === 'destructive' ? '; each device waits 15 minutes before it starts' : '';
  return `${word}, needs ${countOf(needed, 'signer')}${coolOff}`;
}

function formatArgs(args: Command['args']): [string, string][] {
  return Object.entries(args).map(([name, value]) => [
    `  ${name}`,
    typeof value === 'string' ? (value === '' ? '(empty)' : value) : formatJson(value, 0),
  ]);
}

function drawTargets({ command, devices }: CommandPicture, canvas: Canvas): string {
  const { targets } = command;
  if ('list' in targets) {
    const states = new Map(devices?.shown.map(({ id, state }) => [id, state]));
    // Of a command that was signed before nothing but what stands in it is known here.
    const state = (id: string) => (states.size === 0 ? [] : [states.get(id) ?? '']);
    const columns = states.size === 0 ? [] : [{ title: 'state' }];
    return drawWhole(
      [{ title: 'device' }, ...columns, { title: 'fingerprint' }, { title: 'id', whole: true }],
      targets.list.map(({ id, hostname, fingerprint }) => [hostname, ...state(id), fingerprint, id]),
      canvas,
    );
  }
  const names = devices?.shown.slice(0, SAMPLE).map(({ hostname }) => safeText(hostname)) ?? [];
  const sample = names.length === 0 ? '' : `, among them ${names.join(', ')}`;
  // The root is longer than a narrow line, and every digit of it counts.
  return `${countOf(targets.count, 'device')}${sample}\nroot of their hash tree: ${targets.root}`;
}

function describeOffline(offline: number, count: number): string {
  if (offline < count) return `, ${formatCount(offline)} of them offline now`;
  return count === 1 ? ', offline now' : ', all of them offline now';
}

/** Draws it. */
export function drawCommand(picture: CommandPicture, canvas: Canvas): string {
  const { command, trust, devices, on, content } = picture;
  const what = isCommandKind(command.kind) ? kindEntry(command.kind).description : '';
  const facts = drawFacts(
    [
      ['Command', { text: command.kind, tone: 'strong' }],
      ['', what],
      ...formatArgs(command.args),
      ['Content', content ?? null],
      ['Class', describeNeed(command, trust)],
      ['Dry run', command.dryRun ? { text: 'yes: devices only say what they would do', tone: 'warn' } : null],
      ['Emergency', command.emergency ? { text: 'yes: a freeze does not hold it', tone: 'warn' } : null],
      ['Reason', command.reason],
      ['Asked by', command.requester],
      ['From', formatMoment(command.notBefore)],
      ['Until', `${formatMoment(command.notAfter)}; what has not started by then never does`],
      ['Found by', on ?? null],
      [
        'Condition',
        command.bound === ''
          ? on === undefined
            ? null
            : { text: 'none signed: only the server can judge the expression', tone: 'warn' }
          : `${command.bound} (each device checks it itself)`,
      ],
      ['Trust', `version ${command.trustVersion} of ${command.org}`],
      ['Id', command.cmdId],
    ],
    canvas,
  );
  const count = countTargets(command);
  const offline =
    devices === undefined || devices.offline === 0 ? '' : describeOffline(devices.offline, count);
  const head = paint(`On ${countOf(count, 'device')}${offline}`, 'strong', canvas);
  return `${facts}\n\n${head}\n${drawTargets(picture, canvas)}`;
}
