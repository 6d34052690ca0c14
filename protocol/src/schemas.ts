// The table of all JSON messages: name, direction, schema. Validators and docs are made from it.
import type { TSchema } from 'typebox';
import { AuditCheckpoint } from './audit/checkpoint-schema.ts';
import { Command } from './commands/command.ts';
import { Content } from './commands/content.ts';
import { Freshness } from './commands/freshness.ts';
import { Halt, HaltLift } from './commands/halt.ts';
import { Result } from './commands/result.ts';
import { Enroll, Enrolled, EnrolledBody } from './messages/enrollment.ts';
import {
  InventoryAsk,
  InventoryOffer,
  InventoryStored,
  InventoryWant,
  LiveGet,
} from './messages/inventory.ts';
import { Alert, LiveSample, LiveStart, LiveStop, MetricsGet } from './messages/metrics.ts';
import {
  PolicyNone,
  PolicyPut,
  PolicyReport,
  PolicySetMessage,
  PolicyState,
  PolicyWant,
} from './messages/policies.ts';
import {
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
import { Ack, Auth, Hello, Nack, Reconnect, Refuse, Welcome, WelcomeBody } from './messages/session.ts';
import { PolicyRevision, PolicySet } from './policy/revisions/documents.ts';
import { TrustDocument } from './signing/trust.ts';

/** Messages a server accepts from an agent, by `type`. */
export const fromAgent = {
  auth: Auth,
  enroll: Enroll,
  'inventory.offer': InventoryOffer,
  'live.sample': LiveSample,
  alert: Alert,
  // Commands; since capability 2.
  'run.report': RunReport,
  'run.output': RunOutput,
  'run.later': RunLater,
  'trust.get': TrustGet,
  'content.get': ContentGet,
  'file.offer': FileOffer,
  // Since capability 5.
  'audit.prove': AuditProve,
  'audit.alarm': AuditAlarm,
  // Since capability 6.
  'policy.want': PolicyWant,
  'policy.state': PolicyState,
  // Since capability 7.
  'policy.report': PolicyReport,
} as const satisfies Record<string, TSchema>;

/** Messages an agent accepts from a server, by `type`. */
export const fromServer = {
  hello: Hello,
  welcome: Welcome,
  refuse: Refuse,
  reconnect: Reconnect,
  ack: Ack,
  nack: Nack,
  enrolled: Enrolled,
  'inventory.ask': InventoryAsk,
  'inventory.want': InventoryWant,
  'inventory.stored': InventoryStored,
  'live.get': LiveGet,
  'live.start': LiveStart,
  'live.stop': LiveStop,
  'metrics.get': MetricsGet,
  // Commands; since capability 2.
  'run.offer': RunOffer,
  'trust.chain': TrustChain,
  freshness: FreshnessMessage,
  'content.none': ContentNone,
  'file.want': FileWant,
  'file.stored': FileStored,
  // Since capability 5.
  'audit.proof': AuditProof,
  // Since capability 6.
  'policy.set': PolicySetMessage,
  'policy.put': PolicyPut,
  'policy.none': PolicyNone,
} as const satisfies Record<string, TSchema>;

/** Signed documents and signed parts of messages, by name. */
export const documents = {
  welcomeBody: WelcomeBody,
  enrolledBody: EnrolledBody,
  trustDocument: TrustDocument,
  auditCheckpoint: AuditCheckpoint,
} as const satisfies Record<string, TSchema>;

/** Signed documents about commands and policies, by name; apart, because the agent's core reads none of them. */
export const commandDocuments = {
  command: Command,
  content: Content,
  halt: Halt,
  haltLift: HaltLift,
  freshness: Freshness,
  result: Result,
  policy: PolicyRevision,
  policySet: PolicySet,
} as const satisfies Record<string, TSchema>;

/** Parameters of command kinds, by kind. */
export { kindArgs } from './commands/kinds.ts';
