// The command document: what is to be done, on which devices, when, who asks and why. Signed by people, never edited.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { Bytes32, DeviceId, Hostname, OrgId, Time } from '../messages/fields.ts';
import { CommandId, closed, KindName, Reason, SignerId, TrustVersion } from './fields.ts';
import { MAX_LISTED_TARGETS, MAX_TARGETS } from './limits.ts';

/** Media type of a command. */
export const COMMAND_TYPE = 'application/vnd.muster.command.v1+json';

/** A device named in a command, with what the signer saw of it; a device that is not so refuses. Since 2. */
export const ListedTarget = Type.Object(
  {
    id: DeviceId,
    /** Host name the signer was shown; the device compares it with its own. */
    hostname: Hostname,
    /** Fingerprint of the device key the signer was shown; the device compares it with its own. */
    fingerprint: Type.String({
      pattern: '^[a-z2-7]{4}(?:-[a-z2-7]{4}){7}$',
      description: 'Fingerprint of the device key.',
    }),
  },
  closed,
);
export type ListedTarget = Frozen<Static<typeof ListedTarget>>;

/** Few devices by name, sorted by id, none twice. Always this form for destructive commands. Since 2. */
const TargetList = Type.Object(
  {
    list: Type.Array(ListedTarget, {
      minItems: 1,
      maxItems: MAX_LISTED_TARGETS,
      description: 'Devices, sorted by id.',
    }),
  },
  closed,
);

/** Many devices by the root of a hash tree over their sorted ids; each device is handed its proof with the command. Since 2. */
const TargetRoot = Type.Object(
  {
    root: Bytes32,
    /** Leaves of the tree: the exact number of devices that was signed for. */
    count: Type.Integer({ minimum: 1, maximum: MAX_TARGETS, description: 'Devices in the tree.' }),
  },
  closed,
);

/** Command document v1. Every field but `emergency` is always present. Since capability 2. */
export const Command = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    cmdId: CommandId,
    kind: KindName,
    /** Parameters; closed by the schema of the kind (kinds.ts), which every reader checks as well. */
    args: Type.Record(Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,31}$' }), Type.Unknown(), {
      additionalProperties: false,
      maxProperties: 32,
      description: 'Parameters of the kind.',
    }),
    targets: Type.Union([TargetList, TargetRoot], { description: 'Devices, by name or by tree.' }),
    /** Condition that the device evaluates on its own facts besides; empty: none. */
    bound: Type.String({ maxLength: 2048, description: 'Condition on the device; empty: none.' }),
    /** A device that has it earlier waits. */
    notBefore: Time,
    /** A device that has not started by then never does. */
    notAfter: Time,
    /** Who asks; one of the signatures is his. */
    requester: SignerId,
    reason: Reason,
    trustVersion: TrustVersion,
    /** True: the device says what it would do and changes nothing. */
    dryRun: Type.Boolean({ description: 'Only say what would be done.' }),
    /**
     * It goes past a freeze; two sign it in hardened mode. Only there where it is true, so that every other command is the same bytes
     * as before there were any; an agent that does not know it refuses the command.
     */
    emergency: Type.Optional(Type.Literal(true, { description: 'Goes past a freeze.' })),
  },
  { ...closed, description: 'Command document v1.' },
);
export type Command = Frozen<Static<typeof Command>>;
export type Targets = Command['targets'];
