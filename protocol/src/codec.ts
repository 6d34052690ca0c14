// Turns text frames into checked messages: size, depth, known type, closed schema.
import { fail } from './errors.ts';
import { fromAgent, fromServer } from './generated/validators.ts';
import { MAX_FRAME_BYTES, MAX_JSON_DEPTH } from './limits.ts';
import type { Enroll, Enrolled } from './messages/enrollment.ts';
import type {
  InventoryAsk,
  InventoryOffer,
  InventoryStored,
  InventoryWant,
  LiveGet,
} from './messages/inventory.ts';
import type { Alert, LiveSample, LiveStart, LiveStop, MetricsGet } from './messages/metrics.ts';
import type {
  PolicyNone,
  PolicyPut,
  PolicyReport,
  PolicySetMessage,
  PolicyState,
  PolicyWant,
} from './messages/policies.ts';
import type {
  AuditAlarm,
  AuditProof,
  AuditProve,
  ContentGet,
  ContentNone,
  FileOffer,
  FileStored,
  FileWant,
  FreshnessMessage,
  RunLater,
  RunOffer,
  RunOutput,
  RunReport,
  TrustChain,
  TrustGet,
} from './messages/runs.ts';
import type { Ack, Auth, Hello, Nack, Reconnect, Refuse, Welcome } from './messages/session.ts';
import { parseJson } from './signing/strict-json.ts';

/** Any message an agent may send. */
export type AgentMessage =
  | Auth
  | Enroll
  | InventoryOffer
  | LiveSample
  | Alert
  | RunReport
  | RunOutput
  | RunLater
  | TrustGet
  | ContentGet
  | FileOffer
  | AuditProve
  | AuditAlarm
  | PolicyWant
  | PolicyState
  | PolicyReport;

/** Any message a server may send. */
export type ServerMessage =
  | Hello
  | Welcome
  | Refuse
  | Reconnect
  | Ack
  | Nack
  | Enrolled
  | InventoryAsk
  | InventoryWant
  | InventoryStored
  | LiveGet
  | LiveStart
  | LiveStop
  | MetricsGet
  | RunOffer
  | TrustChain
  | FreshnessMessage
  | ContentNone
  | FileWant
  | FileStored
  | AuditProof
  | PolicySetMessage
  | PolicyPut
  | PolicyNone;

/** Parses and checks one text frame. @throws MusterError E_SIZE, E_SHAPE or E_TYPE. */
function decode(text: string, checks: typeof fromAgent): unknown {
  const value = parseJson(text, { maxBytes: MAX_FRAME_BYTES, maxDepth: MAX_JSON_DEPTH });
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') throw fail('E_SHAPE');
  const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (check === undefined) throw fail('E_TYPE');
  if (check(value)) return value;
  const fault = check.errors?.[0];
  throw fail('E_SHAPE', {
    detail: `Message ${type} does not have the agreed form at ${fault?.instancePath || '/'} (${fault?.keyword ?? 'schema'}); update the sender.`,
  });
}

/** Reads a message from an agent. @throws MusterError E_SIZE, E_SHAPE or E_TYPE. */
export function decodeAgentMessage(text: string): AgentMessage {
  return decode(text, fromAgent) as AgentMessage;
}

/** Reads a message from a server. @throws MusterError E_SIZE, E_SHAPE or E_TYPE. */
export function decodeServerMessage(text: string): ServerMessage {
  return decode(text, fromServer) as ServerMessage;
}
