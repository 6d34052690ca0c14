// Enrolls this device: proves a token and a new key over one transcript, and pins the server's trust.
import { randomBytes } from 'node:crypto';
import {
  CAPABILITY,
  type Enroll,
  encodeBase64url,
  enrollTranscript,
  fail as failProtocol,
  followTrustChain,
  isTrustDocument,
  openEnrolled,
  openTrustGenesis,
  type TrustState,
} from '@muster/protocol';
import { awaitHello, type Greeted, nextMessage } from '../connection/opening.ts';
import { connectSocket, requirePin, requireTls } from '../connection/socket.ts';
import { createSigner, nodeCrypto, privateKeyFromSeed, rawPublicKey } from './crypto.ts';
import type { DeviceKeys, Enrollment } from './state-folder.ts';
import type { EnrollmentToken } from './token.ts';

/** What an enrollment is made with. */
export interface EnrollRequest {
  readonly serverUrl: string;
  readonly token: EnrollmentToken;
  readonly keys: DeviceKeys;
  readonly hostname: string;
  readonly platform: string;
  readonly agentVersion: string;
  /** True where the agent's own configuration permits a proxy that ends TLS. */
  readonly allowUnbound: boolean;
}

/**
 * Enrolls once. Repeating it with the same keys gives the same device, so a lost answer costs nothing.
 * @throws RefusedError with the server's code; MusterError E_CONFIG for an address without TLS; E_TRUST_HASH or E_PIN when the server is not the one of the token; E_CONNECT, E_TIMEOUT
 */
export async function enrollDevice(request: EnrollRequest): Promise<Enrollment> {
  requireTls(request.serverUrl, request.allowUnbound);
  const socket = connectSocket(request.serverUrl, false);
  try {
    const greeted = await awaitHello(socket);
    const message = signRequest(request, greeted);
    socket.send(JSON.stringify(message));
    const answer = await nextMessage(greeted.inbox);
    if (answer.type !== 'enrolled') throw failProtocol('E_ORDER');
    const [genesis, ...updates] = answer.trust;
    const deps = { crypto: nodeCrypto, validate: isTrustDocument };
    const first = openTrustGenesis(genesis, { ...deps, expectedHash: request.token.trustHash });
    const trust: TrustState = followTrustChain(first, updates, deps);
    requirePin(greeted.transport, trust.document.tlsPins);
    const body = openEnrolled(answer.envelope, message.deviceKey, {
      trust: trust.document,
      crypto: nodeCrypto,
      serverNonce: greeted.hello.nonce,
      agentNonce: message.nonce,
    });
    return {
      serverUrl: request.serverUrl,
      org: body.org,
      deviceId: body.deviceId,
      state: body.state,
      enrolledAt: body.at,
      trust: answer.trust,
      trustHash: request.token.trustHash,
    };
  } finally {
    socket.close();
  }
}

function signRequest(request: EnrollRequest, { hello, transport }: Greeted): Enroll {
  const bound = transport.exporter.length > 0 && !request.allowUnbound;
  const message: Omit<Enroll, 'tokenSig' | 'deviceSig'> = {
    type: 'enroll',
    v: CAPABILITY,
    org: hello.org,
    tokenId: request.token.id,
    nonce: encodeBase64url(randomBytes(32)),
    deviceKey: encodeBase64url(rawPublicKey(request.keys.device)),
    sealKey: encodeBase64url(rawPublicKey(request.keys.seal)),
    hostname: request.hostname,
    platform: request.platform,
    agentVersion: request.agentVersion,
    binding: bound ? 'tls-exporter' : 'none',
  };
  const exporter = bound ? transport.exporter : new Uint8Array(0);
  const signed = enrollTranscript(message, { org: hello.org, serverNonce: hello.nonce, exporter });
  const tokenSigner = createSigner(privateKeyFromSeed(request.token.seed));
  return {
    ...message,
    tokenSig: encodeBase64url(tokenSigner.sign(signed)),
    deviceSig: encodeBase64url(createSigner(request.keys.device).sign(signed)),
  };
}
