// What core and executor say to each other. Of the core nothing is believed: what counts in its messages is signed.
//
// Down go the server's own messages, checked here by the protocol's closed schemas (run.offer, trust.chain, freshness, content.none,
// policy.set, policy.put, policy.none), and seven of this socket. None names a program, a path or a user.
import {
  type ContentNone,
  decodeServerMessage,
  type FreshnessMessage,
  fail,
  type PolicyNone,
  type PolicyPut,
  type PolicyReport,
  type PolicySetMessage,
  type PolicyState,
  type RunOffer,
  type TrustChain,
} from '@muster/protocol';
import type { CoreAct } from '../records.ts';

/** core → executor. */
export type ToExecutor =
  | RunOffer
  | TrustChain
  | FreshnessMessage
  | ContentNone
  | PolicyMessage
  /** The report with that number is on the core's disk. */
  | { readonly type: 'confirm'; readonly cmdId: string; readonly n: number }
  /** What was told of policies under that number is on the core's disk. */
  | { readonly type: 'policy.kept'; readonly n: number }
  /** Something changed in what policies watch; what it was a cycle finds out. */
  | { readonly type: 'policy.look' }
  /** A piece of a wanted body, base64url. */
  | {
      readonly type: 'piece';
      readonly sha256: string;
      readonly totalBytes: number;
      readonly offset: number;
      readonly data: string;
    }
  /** A piece of a file that was made ready is wanted. */
  | { readonly type: 'file.read'; readonly cmdId: string; readonly offset: number }
  /** The server has the file. */
  | { readonly type: 'file.done'; readonly cmdId: string }
  /** A session to the server is open: what is wanted from it may be asked for. */
  | { readonly type: 'online' };

/** executor → core. */
export type FromExecutor =
  /** First on every connection. */
  | { readonly type: 'ready'; readonly trustVersion: number; readonly openRuns: number }
  /** A step of a run; told until it is confirmed. */
  | {
      readonly type: 'report';
      readonly cmdId: string;
      readonly n: number;
      readonly state: string;
      readonly at: string;
      readonly code: string | null;
      readonly message: string;
      /** To be signed by the core; null before the end. */
      readonly result: { readonly payloadType: string; readonly payload: string } | null;
      readonly output: string;
      readonly act: CoreAct | null;
      /** False: it is told once and never confirmed, because it is in no journal. */
      readonly isKept: boolean;
    }
  | { readonly type: 'later'; readonly cmdId: string; readonly code: string; readonly message: string }
  | { readonly type: 'output'; readonly cmdId: string; readonly offset: number; readonly data: string }
  /** Which signed policies are held: behind `ready`, whenever it changes, and in answer to each set that is shown. */
  | ({ readonly type: 'policies'; readonly selected: readonly string[] } & Pick<PolicyState, 'held' | 'code'>)
  /** How items of its policies stand that stand otherwise than was told; said again until the number is confirmed. */
  | {
      readonly type: 'policy.items';
      readonly n: number;
      readonly body: Omit<PolicyReport, 'type' | 'seq'>;
    }
  /** Files in which items of its policies stand; in the place of those that were told before. */
  | { readonly type: 'policy.watch'; readonly files: readonly string[] }
  /** A revision is missing. */
  | { readonly type: 'policy.want'; readonly digest: string }
  | { readonly type: 'content.want'; readonly sha256: string; readonly offset: number }
  | {
      readonly type: 'file.ready';
      readonly cmdId: string;
      readonly sha256: string;
      readonly sizeBytes: number;
    }
  | {
      readonly type: 'file.piece';
      readonly cmdId: string;
      readonly sha256: string;
      readonly totalBytes: number;
      readonly offset: number;
      readonly data: string;
    }
  /** Something is wrong that a person should see in the core's log and status. */
  | { readonly type: 'alarm'; readonly what: string; readonly code: string }
  /** It ends because nothing is to do; null: only a message brings it back. Times are ms from now. */
  | { readonly type: 'bye'; readonly wakeInMs: number | null; readonly openRuns: number };

/** What the server says about policies. */
export type PolicyMessage = PolicySetMessage | PolicyPut | PolicyNone;

const POLICY_TYPES: ReadonlySet<string> = new Set(['policy.set', 'policy.put', 'policy.none']);

/** True for what the server says about policies. */
export function isPolicyMessage<T extends { readonly type: string }>(
  message: T,
): message is Extract<T, PolicyMessage> {
  return POLICY_TYPES.has(message.type);
}

const FROM_SERVER = new Set(['run.offer', 'trust.chain', 'freshness', 'content.none', ...POLICY_TYPES]);
const CMD_ID = /^cmd_[a-z2-7]{26}$/;
const HASH = /^[A-Za-z0-9_-]{43}$/;

type Fields = Readonly<Record<string, unknown>>;

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isCmdId = (value: unknown) => typeof value === 'string' && CMD_ID.test(value);

/** The messages of this socket: their fields, all of them, and what each must be. */
const shapes: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  confirm: { cmdId: isCmdId, n: isCount },
  'policy.kept': { n: isCount },
  'policy.look': {},
  piece: {
    sha256: (value) => typeof value === 'string' && HASH.test(value),
    totalBytes: isCount,
    offset: isCount,
    data: (value) => typeof value === 'string',
  },
  'file.read': { cmdId: isCmdId, offset: isCount },
  'file.done': { cmdId: isCmdId },
  online: {},
};

function fits(fields: Fields, shape: Readonly<Record<string, (value: unknown) => boolean>>): boolean {
  const names = Object.keys(shape);
  if (Object.keys(fields).length !== names.length + 1) return false;
  return names.every((name) => Object.hasOwn(fields, name) && shape[name]?.(fields[name]) === true);
}

/** Reads what the core said. @throws MusterError E_SHAPE, E_TYPE, E_SIZE */
export function parseToExecutor(text: string): ToExecutor {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('E_SHAPE', { cause });
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) throw fail('E_SHAPE');
  const { type } = value;
  if (typeof type !== 'string') throw fail('E_SHAPE');
  if (FROM_SERVER.has(type)) return decodeServerMessage(text) as ToExecutor;
  const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) throw fail('E_TYPE');
  if (!fits(value as Fields, shape)) throw fail('E_SHAPE');
  return value as ToExecutor;
}
