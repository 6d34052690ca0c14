// Facts about kinds that decide how carefully a person is asked.
import { type CommandClass, classOf, type ReadonlyTrust } from '@muster/protocol';
import { type CommandKind, kindEntry, MAX_LISTED_TARGETS } from '@muster/protocol/commands';

/** What takes something away from people, or cannot be taken back. */
const graveKinds: ReadonlySet<CommandKind> = new Set<CommandKind>([
  'service.stop',
  'service.disable',
  'process.signal',
  'package.remove',
  'script.run',
  'power.reboot',
  'power.shutdown',
  'user.lock',
  'device.lock',
  'device.wipe',
  'agent.unenroll',
]);

/** How a kind is asked about. */
export interface Gravity {
  readonly commandClass: CommandClass;
  /** It changes devices, so a dry run comes first. */
  readonly changes: boolean;
  /** The name or number is typed before. */
  readonly isGrave: boolean;
}

/** How carefully is asked for a kind on so many devices; more than a person can read through is grave by itself. */
export function judgeGravity(trust: ReadonlyTrust, kind: CommandKind, count: number): Gravity {
  const commandClass = classOf(kind, trust.classes);
  const { changes } = kindEntry(kind);
  const isMany = changes && count > MAX_LISTED_TARGETS;
  return { commandClass, changes, isGrave: graveKinds.has(kind) || commandClass === 'destructive' || isMany };
}
