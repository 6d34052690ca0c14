// The opening handshake of a WebSocket client (RFC 6455 §4): what it asks, and what it takes for a yes.
import { createHash, randomBytes } from 'node:crypto';
import { AGENT_PATH, SUBPROTOCOL } from '@muster/protocol';

/** Longest answer, bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

/** The request, the same for all sockets of a process: the key only shows that a WebSocket server answers. */
export interface Upgrade {
  readonly request: Buffer;
  /**
   * Reads the answer as far as it is here; null: more has to come.
   * `status` is 101 only where the server has agreed to everything; `bodyAt` is where the frames begin.
   */
  read(bytes: Buffer): { readonly status: number; readonly bodyAt: number } | null;
}

/** Makes the request for that server. */
export function createUpgrade(serverUrl: string): Upgrade {
  const { host } = new URL(serverUrl);
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = [
    `GET ${AGENT_PATH} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
  ];
  return {
    request: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`),
    read(bytes) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) return bytes.length > MAX_HEAD_BYTES ? { status: 0, bodyAt: bytes.length } : null;
      const head = bytes.toString('latin1', 0, end);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      const isAgreed =
        /^sec-websocket-accept: *(\S+)/im.exec(head)?.[1] === accept &&
        /^sec-websocket-protocol: *(\S+)/im.exec(head)?.[1] === SUBPROTOCOL;
      return { status: status === 101 && !isAgreed ? 0 : status, bodyAt: end + 4 };
    },
  };
}
