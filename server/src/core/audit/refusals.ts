// Refusals in the audit: the first of a kind in a minute is written at once, its repetitions as one event when the minute is over.
import type { FastifyRequest } from 'fastify';
import { statusOf } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { RawSql } from '../db/pool.ts';
import { codeOfProblem } from '../http/problem.ts';
import type { HttpApp } from '../http/server.ts';
import type { Logger } from '../log.ts';
import { type AuditEvent, actorOf, writeAudit } from './audit.ts';

/** Kinds of refusal that are written in a minute, of callers who are signed in; each may come once more with its count. */
const MAX_KINDS = 60;
/** The same for everybody else: a flood of strangers must not hide what insiders try. */
const MAX_ANONYMOUS_KINDS = 30;
const MINUTE_MS = 60_000;

/** A refusal. */
export type Refusal = Pick<AuditEvent, 'act' | 'actor' | 'code' | 'subject' | 'detail' | 'requestId'>;

/** Takes refusals. */
export interface Refusals {
  /** Never throws, and waits for nothing: what was refused stays refused. */
  note(refusal: Refusal): void;
  /** Listens to every answer of the application. */
  watch(app: HttpApp): void;
  /** Writes what was counted. */
  stop(): Promise<void>;
}

/** What it needs. */
export interface RefusalsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tenant: number;
}

/** Of any request: what access itself refuses. */
const always = new Set(['E_FORBIDDEN', 'E_STEP_UP', 'E_ORIGIN']);
/** Of requests that would change something: what is no more than a mistake in the request. */
const mistakes = new Set([
  'E_VALIDATION',
  'E_JSON',
  'E_MEDIA_TYPE',
  'E_REQUEST',
  'E_METHOD',
  'E_SIZE',
  'E_TIMEOUT',
  'E_CURSOR',
  'E_FIELDS',
]);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** As much of a request as decides whether its refusal is worth an event. */
export interface RefusedRequest {
  readonly method: string;
  readonly code: string;
  /** A token or cookie came with it. */
  readonly hasCredentials: boolean;
  readonly isSignedIn: boolean;
}

/** True for a refusal that belongs into the audit. */
export function isWorthAnEvent({ method, code, hasCredentials, isSignedIn }: RefusedRequest): boolean {
  if (always.has(code)) return true;
  if (code === 'E_SIGNED_OUT') return hasCredentials;
  const status = statusOf(code);
  if (safeMethods.has(method) || status < 400 || status >= 500 || mistakes.has(code)) return false;
  // What lies outside of somebody's scope is not found either.
  return code !== 'E_NOT_FOUND' || isSignedIn;
}

/** One kind of refusal in this minute. */
interface Counted {
  readonly refusal: Refusal;
  times: number;
}

/** Makes it. */
export function createRefusals({ sql, clock, log, tenant }: RefusalsDeps): Refusals {
  const kinds = new Map<string, Counted>();
  const writing = new Set<Promise<void>>();
  let anonymous = 0;
  let beyond = 0;
  let hasStopped = false;
  let cancel: (() => void) | undefined;

  function write(refusal: Refusal, times: number): void {
    const detail = { ...refusal.detail, times };
    const one = writeAudit(sql, { ...refusal, tenant, outcome: 'refused', detail })
      .catch((err: unknown) =>
        log.warn({ err, code: refusal.code }, 'a refusal was not written to the audit'),
      )
      .finally(() => writing.delete(one));
    writing.add(one);
  }

  function flush(): void {
    cancel?.();
    cancel = undefined;
    for (const { refusal, times } of kinds.values()) if (times > 0) write(refusal, times);
    if (beyond > 0)
      write(
        {
          act: 'request.refuse',
          actor: { kind: 'anonymous', id: '', name: '', address: '' },
          ...{ code: 'E_RATE', subject: null, requestId: '' },
          detail: { what: 'refusals of more kinds than are written in a minute' },
        },
        beyond,
      );
    kinds.clear();
    [anonymous, beyond] = [0, 0];
  }

  function note(refusal: Refusal): void {
    const { actor, act, code, subject } = refusal;
    const key = JSON.stringify([act, actor.kind, actor.id, actor.address, actor.viaId, code, subject]);
    // Whatever comes now is written at once or not at all: nobody counts repetitions any more.
    if (!hasStopped) cancel ??= clock.after(MINUTE_MS, flush);
    const known = kinds.get(key);
    if (known !== undefined) {
      known.times += 1;
      return;
    }
    const isAnonymous = actor.kind === 'anonymous';
    if (isAnonymous ? anonymous >= MAX_ANONYMOUS_KINDS : kinds.size - anonymous >= MAX_KINDS) {
      beyond += 1;
      return;
    }
    if (isAnonymous) anonymous += 1;
    kinds.set(key, { refusal, times: 0 });
    write(refusal, 1);
  }

  return {
    note,
    watch(app) {
      app.addHook('onResponse', async (request) => noteRequest(request, note));
    },
    async stop() {
      hasStopped = true;
      flush();
      await Promise.all(writing);
    },
  };
}

function noteRequest(request: FastifyRequest, note: (refusal: Refusal) => void): void {
  const code = codeOfProblem(request);
  if (code === undefined) return;
  const { method, principal, headers, routeOptions, params } = request;
  const hasCredentials = headers.authorization !== undefined || headers.cookie !== undefined;
  if (!isWorthAnEvent({ method, code, hasCredentials, isSignedIn: principal !== null })) return;
  const route = `${method} ${routeOptions.url ?? 'unknown'}`;
  const named = Object.entries(params ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  note({
    ...{ act: 'request.refuse', actor: actorOf(request), code, requestId: request.id },
    subject: { kind: 'route', id: route, name: '' },
    detail: { named },
  });
}
