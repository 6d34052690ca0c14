// Opens the WebSocket to the server: TLS 1.3 with the pinned key, no compression, bounded frames, no delay.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import {
  AGENT_PATH,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  encodeBase64url,
  fail as failProtocol,
  MAX_FRAGMENTS,
  MAX_FRAME_BYTES,
  SUBPROTOCOL,
} from '@muster/protocol';
import { WebSocket } from 'ws';
import { fail } from '../errors.ts';
import { CLOSE_TIMEOUT_MS, OPEN_TIMEOUT_MS } from '../timing.ts';

/** What is known of the transport once it is open. */
export interface Transport {
  /** TLS exporter of this connection; empty on a plain one. */
  readonly exporter: Uint8Array;
  /** base64url sha256 of the SPKIs the server showed, its own first, then its chain; empty on a plain connection. */
  readonly pins: readonly string[];
}

/** Address of the agents' socket for a server address (`https://…`, `http://…`). */
export function socketUrl(serverUrl: string): string {
  const url = new URL(AGENT_PATH, serverUrl);
  url.protocol = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws:' : 'wss:';
  return url.href;
}

/** Refuses an address without TLS unless the agent's own configuration permits a proxy that ends it. @throws MusterError E_CONFIG */
export function requireTls(serverUrl: string, proxyEndsTls: boolean): void {
  if (proxyEndsTls || socketUrl(serverUrl).startsWith('wss:')) return;
  throw fail('E_CONFIG', {
    detail: `Nothing protects the connection to ${serverUrl}; use an https address, or add --proxy-ends-tls if a proxy of yours ends TLS.`,
  });
}

/**
 * Starts connecting. Certificates are not judged by authorities here: the pins in the trust document decide, see `requirePin`;
 * an empty pin list means that the system's authorities decide, then `useSystemTrust` is true.
 */
export function connectSocket(serverUrl: string, useSystemTrust: boolean): WebSocket {
  const options = {
    maxPayload: MAX_FRAME_BYTES,
    maxFragments: MAX_FRAGMENTS,
    perMessageDeflate: false,
    handshakeTimeout: OPEN_TIMEOUT_MS,
    followRedirects: false,
    skipUTF8Validation: false,
    rejectUnauthorized: useSystemTrust,
    minVersion: 'TLSv1.3',
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as const;
  return new WebSocket(socketUrl(serverUrl), SUBPROTOCOL, options);
}

/** Reads what the session needs from the response to the upgrade. */
export function readTransport(response: IncomingMessage): Transport {
  const { socket } = response;
  socket.setNoDelay(true);
  if (!(socket instanceof TLSSocket)) return { exporter: new Uint8Array(0), pins: [] };
  return {
    exporter: socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)),
    pins: readPins(socket),
  };
}

/** Pins of the certificate and of those it was sent with. */
function readPins(socket: TLSSocket): string[] {
  const pins: string[] = [];
  for (
    let certificate = socket.getPeerX509Certificate();
    certificate !== undefined;
    certificate = certificate.issuerCertificate
  ) {
    const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
    pins.push(encodeBase64url(createHash('sha256').update(spki).digest()));
    if (pins.length >= 8 || certificate.issuerCertificate === certificate) break;
  }
  return pins;
}

/** Refuses a server whose own key is none of the pinned ones. @throws MusterError E_PIN */
export function requirePin(transport: Transport, tlsPins: readonly string[]): void {
  if (transport.pins.length === 0 || tlsPins.length === 0) return;
  const own = transport.pins[0];
  if (own === undefined || !tlsPins.includes(own)) throw failProtocol('E_PIN');
}
