// Sends a message to a webhook, signed as Standard Webhooks says (github.com/standard-webhooks): id, time and body under HMAC-SHA256.
import { createHmac, randomBytes } from 'node:crypto';
import { lookup as lookupDns } from 'node:dns';
import { type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { fail } from '../../errors.ts';
import { mayConnect, parseWebhookUrl, refusalOf, type WebhookReach } from './address.ts';
import { MAX_ANSWER_BYTES, SEND_TIMEOUT_MS } from './limits.ts';

const SECRET_PREFIX = 'whsec_';
/** Bytes of a secret that is made here; others may have 24 to 64, as the standard says. */
const SECRET_BYTES = 32;

/** A new secret as receivers take it. */
export function makeSecret(): { readonly text: string; readonly bytes: Buffer } {
  const bytes = randomBytes(SECRET_BYTES);
  return { bytes, text: `${SECRET_PREFIX}${bytes.toString('base64')}` };
}

/** A message for a webhook. */
export interface WebhookMessage {
  /** By which the receiver knows a message that he gets twice. */
  readonly id: string;
  /** JSON. */
  readonly payload: string;
}

/** The headers that prove who sent it, and when. */
export function signWebhook({ id, payload }: WebhookMessage, secret: Uint8Array, nowMs: number) {
  const seconds = String(Math.floor(nowMs / 1_000));
  const mac = createHmac('sha256', secret).update(`${id}.${seconds}.${payload}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` };
}

/** Refuses addresses after the name was looked up, and connects to these only: a name cannot change in between. */
export function guardedLookup(allows: {
  readonly isHttps: boolean;
  readonly reach: WebhookReach;
}): LookupFunction {
  return (hostname, options, done) => {
    lookupDns(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, '', 0);
      const allowed = found.filter(({ address }) => mayConnect(address, allows));
      const [first] = allowed;
      if (first === undefined) {
        const detail = refusalOf(`What the name ${hostname} leads to`, found[0]?.address ?? '');
        return done(fail('E_NOTIFY_URL', { detail }), '', 0);
      }
      // Whoever asks for all wants a list; `net` does so where it tries several.
      if (options.all === true) return done(null, allowed);
      return done(null, first.address, first.family);
    });
  };
}

/** Where and how a message goes. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: Uint8Array;
  readonly reach: WebhookReach;
}

/**
 * Delivers a message; resolves when the receiver has answered with 2xx. Never follows a redirect. Rejects with E_NOTIFY_SEND saying
 * what was answered, or with what the network said.
 */
export async function sendWebhook(
  target: WebhookTarget,
  message: WebhookMessage,
  nowMs: number,
): Promise<void> {
  const { reach } = target;
  // It may have been stored when webhooks went farther.
  const url = parseWebhookUrl(target.url, reach);
  const isHttps = url.protocol === 'https:';
  const request = (isHttps ? requestHttps : requestHttp)(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(message.payload),
      'user-agent': 'muster',
      ...signWebhook(message, target.secret, nowMs),
    },
    lookup: guardedLookup({ isHttps, reach }),
    // No connection is kept: messages are rare.
    agent: false,
    signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
  });
  const status = await readAnswer(request, message.payload);
  if (status >= 200 && status < 300) return;
  const isRedirect = status >= 300 && status < 400;
  throw fail('E_NOTIFY_SEND', {
    detail: isRedirect
      ? `The receiver answered with a redirect (${status}); enter the address that it leads to.`
      : `The receiver answered with status ${status}.`,
  });
}

function readAnswer(request: ClientRequest, payload: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        // Nobody reads it; whoever sends without end is left.
        if (bytes > MAX_ANSWER_BYTES) response.destroy();
      });
      response.once('error', () => undefined);
      response.once('close', () => resolve(response.statusCode ?? 0));
    });
    request.end(payload);
  });
}
