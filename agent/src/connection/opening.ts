// The opening of a session, agent side: hello, proof, welcome; and the same beginning for an enrollment.
import { randomBytes } from 'node:crypto';
import {
  type Auth,
  authTranscript,
  CAPABILITY,
  decodeServerMessage,
  encodeBase64url,
  fail as failProtocol,
  followTrustChain,
  type Hello,
  isTrustDocument,
  OLDEST_CAPABILITY,
  openWelcome,
  type ServerMessage,
  type Signer,
  type TrustState,
  type WelcomeBody,
} from '@muster/protocol';
import type { WebSocket } from 'ws';
import { nodeCrypto } from '../identity/crypto.ts';
import type { Clock } from '../platform/clock.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { readTransport, type Transport } from './socket.ts';

/** A refusal of the server as an error that carries when to come back. */
export class RefusedError extends Error {
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, retryAfterMs: number | undefined) {
    super(message);
    this.name = 'RefusedError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A socket that has said hello. */
export interface Greeted {
  readonly hello: Hello;
  readonly transport: Transport;
  readonly inbox: Inbox;
}

/** Waits until the server has greeted. @throws RefusedError, MusterError E_CONNECT, E_TIMEOUT and those of the codec */
export async function awaitHello(socket: WebSocket): Promise<Greeted> {
  const inbox = createInbox(socket);
  let transport: Transport | null = null;
  socket.once('upgrade', (response) => {
    transport = readTransport(response);
  });
  const hello = await nextMessage(inbox);
  if (hello.type !== 'hello' || transport === null) throw failProtocol('E_ORDER');
  if (hello.v < OLDEST_CAPABILITY) {
    throw failProtocol('E_TYPE', { detail: 'The server is too old for this agent; upgrade the server.' });
  }
  return { hello, transport, inbox };
}

/** The next message of the opening. @throws RefusedError when the server refuses, and those of inbox and codec */
export async function nextMessage(inbox: Inbox): Promise<ServerMessage> {
  const { data, isBinary } = await inbox.next();
  if (isBinary) throw failProtocol('E_ORDER');
  return unlessRefused(decodeServerMessage(data.toString('utf8')));
}

function unlessRefused(message: ServerMessage): ServerMessage {
  if (message.type === 'refuse') throw new RefusedError(message.code, message.message, message.retryAfterMs);
  return message;
}

/** What the agent proves itself with. */
export interface Credentials {
  readonly deviceId: string;
  readonly signer: Signer;
  readonly trust: TrustState;
  /** Last issued epoch, from disk. */
  readonly epoch: number;
  readonly bootId: string;
  readonly agentVersion: string;
  /** True where the agent's own configuration permits a proxy that ends TLS. */
  readonly allowUnbound: boolean;
}

/** An open session. */
export interface Opening {
  readonly welcome: WelcomeBody;
  /** The trust document in force afterwards; the caller stores it when it is newer. */
  readonly trust: TrustState;
  /** Envelopes that led there, to be stored behind the known ones. */
  readonly newer: readonly unknown[];
  /** Server clock minus ours, ms. */
  readonly offsetMs: number;
}

/** Proves the device key and checks the server's signed welcome. @throws RefusedError, MusterError */
export async function authenticate(
  socket: WebSocket,
  greeted: Greeted,
  { credentials, clock }: { credentials: Credentials; clock: Clock },
): Promise<Opening> {
  const { hello, transport } = greeted;
  if (hello.org !== credentials.trust.document.org) throw failProtocol('E_ORG');
  const nonce = encodeBase64url(randomBytes(32));
  const bound = transport.exporter.length > 0 && !credentials.allowUnbound;
  const auth: Omit<Auth, 'sig'> = {
    type: 'auth',
    v: CAPABILITY,
    deviceId: credentials.deviceId,
    nonce,
    bootId: credentials.bootId,
    epoch: credentials.epoch,
    binding: bound ? 'tls-exporter' : 'none',
    at: new Date(clock.now()).toISOString(),
    trustVersion: credentials.trust.document.version,
    agentVersion: credentials.agentVersion,
  };
  const exporter = bound ? transport.exporter : new Uint8Array(0);
  const signed = authTranscript(auth, { org: hello.org, serverNonce: hello.nonce, exporter });
  socket.send(
    JSON.stringify({ ...auth, sig: encodeBase64url(credentials.signer.sign(signed)) } satisfies Auth),
  );
  const answer = await nextMessage(greeted.inbox);
  if (answer.type !== 'welcome') throw failProtocol('E_ORDER');
  const trust = followTrustChain(credentials.trust, answer.trust, {
    crypto: nodeCrypto,
    validate: isTrustDocument,
  });
  const welcome = openWelcome(answer.envelope, credentials.deviceId, {
    trust: trust.document,
    crypto: nodeCrypto,
    serverNonce: hello.nonce,
    agentNonce: nonce,
  });
  return { welcome, trust, newer: answer.trust, offsetMs: Date.parse(welcome.at) - clock.now() };
}
