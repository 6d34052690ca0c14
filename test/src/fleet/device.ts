// One simulated device: the real protocol over a real socket, with a plain client instead of the agent.
import { TLSSocket } from 'node:tls';
import {
  AGENT_PATH,
  type AgentMessage,
  type Auth,
  decodeServerMessage,
  type Enroll,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  encodeBase64url,
  encodeHeartbeat,
  type Heartbeat,
  type Hello,
  type ServerMessage,
  SUBPROTOCOL,
} from '@muster/protocol';
import { WebSocket } from 'ws';
import { type DeviceKeys, makeDeviceKeys } from './keys.ts';
import { openToken, signAuth, signEnroll } from './proofs.ts';

/** A heartbeat of a device that has nothing to report. */
export const quietBeat: Heartbeat = {
  inventoryDigest: new Uint8Array(8),
  uptimeS: 1,
  outboxDepth: 0,
  dropped: 0,
  cpuUsedRatio: 0.1,
  memoryUsedRatio: 0.2,
  swapUsedRatio: null,
  diskUsedRatio: 0.3,
  loadPerCpu: 0.4,
};

/** A connected socket with its messages in order. */
export interface Wire {
  readonly socket: WebSocket;
  readonly hello: Hello;
  /** TLS exporter; empty on a plain connection. */
  readonly exporter: Uint8Array;
  /** The next message, or null when the socket is closed. */
  next(): Promise<ServerMessage | null>;
  send(message: AgentMessage): void;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

/** Connects and waits for hello. Certificates are not judged here: the agent's own tests do that. */
export async function openWire(serverUrl: string, localAddress?: string): Promise<Wire> {
  const url = new URL(AGENT_PATH, serverUrl);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  const options = {
    perMessageDeflate: false,
    rejectUnauthorized: false,
    ...(localAddress ? { localAddress } : {}),
  };
  const socket = new WebSocket(url, SUBPROTOCOL, options);
  const waiting: ServerMessage[] = [];
  const takers: ((message: ServerMessage | null) => void)[] = [];
  let over = false;
  let exporter: Uint8Array = new Uint8Array(0);
  socket.on('upgrade', (response) => {
    if (response.socket instanceof TLSSocket) {
      exporter = response.socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
    }
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary || !Buffer.isBuffer(data)) return;
    const message = decodeServerMessage(data.toString('utf8'));
    const taker = takers.shift();
    if (taker === undefined) waiting.push(message);
    else taker(message);
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      over = true;
      for (const taker of takers.splice(0)) taker(null);
      resolve(code);
    });
  });
  const failed = new Promise<never>((_, reject) => {
    socket.on('error', reject);
  });
  failed.catch(() => undefined);
  const next = () =>
    new Promise<ServerMessage | null>((resolve) => {
      const first = waiting.shift();
      if (first !== undefined) resolve(first);
      else if (over) resolve(null);
      else takers.push(resolve);
    });
  const hello = await Promise.race([next(), failed]);
  if (hello?.type !== 'hello') throw new Error(`no hello but ${hello?.type ?? 'the end'}`);
  return { socket, hello, exporter, next, closed, send: (message) => socket.send(JSON.stringify(message)) };
}

/** A refusal as an error with the server's code, and when to come back if it said so. */
function refusalOf({ message, code, retryAfterMs }: Extract<ServerMessage, { type: 'refuse' }>): Error {
  return Object.assign(new Error(message), { code, retryAfterMs });
}

/** A device that has enrolled. */
export interface SimulatedDevice {
  readonly id: string;
  readonly keys: DeviceKeys;
  epoch: number;
}

/** The enroll message of that token text, signed by both keys. */
export function makeEnroll(
  wire: Wire,
  tokenText: string,
  { keys, hostname }: { keys: DeviceKeys; hostname: string },
): Enroll {
  const token = openToken(tokenText);
  return signEnroll(
    wire,
    {
      tokenId: token.id,
      deviceKey: encodeBase64url(keys.deviceKey),
      sealKey: encodeBase64url(keys.sealKey),
      hostname,
      platform: 'Simulated Linux',
      agentVersion: '0.1.0',
    },
    { token: token.sign, device: keys.sign },
  );
}

/** Enrolls a new device; throws with the server's code when it is refused. */
export async function enrollDevice(
  serverUrl: string,
  tokenText: string,
  {
    hostname,
    keys = makeDeviceKeys(),
    localAddress,
  }: { hostname: string; keys?: DeviceKeys; localAddress?: string },
): Promise<SimulatedDevice> {
  const wire = await openWire(serverUrl, localAddress);
  wire.send(makeEnroll(wire, tokenText, { keys, hostname }));
  const answer = await wire.next();
  wire.socket.close();
  if (answer?.type === 'refuse') throw refusalOf(answer);
  if (answer?.type !== 'enrolled') throw new Error(`no answer to enroll but ${answer?.type ?? 'the end'}`);
  const body = JSON.parse(Buffer.from(answer.envelope.payload, 'base64url').toString()) as {
    deviceId: string;
  };
  return { id: body.deviceId, keys, epoch: 0 };
}

/** The auth message of that device. */
export function makeAuth(
  wire: Pick<Wire, 'hello' | 'exporter'>,
  device: SimulatedDevice,
  at = new Date(),
): Auth {
  return signAuth(
    wire,
    {
      deviceId: device.id,
      epoch: device.epoch,
      at: at.toISOString(),
      trustVersion: wire.hello.trustVersion,
      agentVersion: '0.1.0',
    },
    device.keys.sign,
  );
}

/** The socket of an open session. */
export interface DeviceWire extends Wire {
  /** Time between two heartbeats as the welcome says, ms. */
  readonly beatMs: number;
}

/** Opens a session and sends the first heartbeat; throws with the server's code when it is refused. */
export async function openDevice(
  serverUrl: string,
  device: SimulatedDevice,
  { localAddress, at, beat = quietBeat }: { localAddress?: string; at?: Date; beat?: Heartbeat | null } = {},
): Promise<DeviceWire> {
  const wire = await openWire(serverUrl, localAddress);
  wire.send(makeAuth(wire, device, at));
  const answer = await wire.next();
  if (answer?.type === 'refuse') throw refusalOf(answer);
  if (answer?.type !== 'welcome') throw new Error(`no answer to auth but ${answer?.type ?? 'the end'}`);
  const body = JSON.parse(Buffer.from(answer.envelope.payload, 'base64url').toString()) as {
    epoch: number;
    beatMs: number;
  };
  device.epoch = body.epoch;
  if (beat !== null) wire.socket.send(encodeHeartbeat(beat));
  return { ...wire, beatMs: body.beatMs };
}
