// The table of all JSON messages: name, direction, schema. Validators and docs are made from it.
import type { TSchema } from 'typebox';
import { Enroll, Enrolled, EnrolledBody } from './messages/enrollment.ts';
import {
  InventoryAsk,
  InventoryOffer,
  InventoryStored,
  InventoryWant,
  LiveGet,
} from './messages/inventory.ts';
import { Alert, LiveSample, LiveStart, LiveStop, MetricsGet } from './messages/metrics.ts';
import { Ack, Auth, Hello, Nack, Reconnect, Refuse, Welcome, WelcomeBody } from './messages/session.ts';
import { TrustDocument } from './signing/trust.ts';

/** Messages a server accepts from an agent, by `type`. */
export const fromAgent = {
  auth: Auth,
  enroll: Enroll,
  'inventory.offer': InventoryOffer,
  'live.sample': LiveSample,
  alert: Alert,
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
} as const satisfies Record<string, TSchema>;

/** Signed documents and signed parts of messages, by name. */
export const documents = {
  welcomeBody: WelcomeBody,
  enrolledBody: EnrolledBody,
  trustDocument: TrustDocument,
} as const satisfies Record<string, TSchema>;
