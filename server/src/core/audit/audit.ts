// The audit as every feature writes it: one insert in the transaction of the change, so that there is neither without the other.
import type { FastifyRequest } from 'fastify';
import type { RawSql } from '../db/pool.ts';
import type { AuditActor, AuditEvent, AuditSubject } from './event.ts';
import { insertPending } from './store.ts';

export type { AuditActor, AuditEvent, AuditSubject } from './event.ts';

/** Writes the event in the caller's transaction. Throws when it cannot be written: the change must not happen then. */
export async function writeAudit(tx: RawSql, event: AuditEvent): Promise<void> {
  await insertPending(tx, event);
}

/** Who is behind a change, and which request: what routes hand to services that write events. */
export interface AuditOrigin {
  readonly actor: AuditActor;
  readonly requestId: string;
}

/** As much of a request as is needed to say who makes it. */
type Asked = Pick<FastifyRequest, 'principal' | 'ip' | 'id'>;

/** Who makes a request: the person whose token or session it is, and which, else the token, else nobody. */
export function actorOf({ principal, ip }: Pick<Asked, 'principal' | 'ip'>): AuditActor {
  if (principal === null) return { kind: 'anonymous', id: '', name: '', address: ip };
  const { person, handle, tokenId, name, via } = principal;
  if (person === null) return { kind: 'token', id: tokenId, name, address: ip };
  return { kind: 'person', id: person, name: handle ?? '', address: ip, via, viaId: tokenId };
}

/** The same with the request's id. */
export function originOf(request: Asked): AuditOrigin {
  return { actor: actorOf(request), requestId: request.id };
}

/** Somebody with a shell on the machine of the server. */
export const fromHost: AuditOrigin = {
  actor: { kind: 'host', id: '', name: '', address: '' },
  requestId: '',
};

/** The server by itself. */
export const fromServer: AuditOrigin = {
  actor: { kind: 'server', id: '', name: '', address: '' },
  requestId: '',
};

/** What a change says of itself besides who made it. */
export interface Change {
  readonly tenant: number;
  readonly act: AuditEvent['act'];
  readonly subject: AuditSubject | null;
  readonly detail?: AuditEvent['detail'];
}

/** The event of a change that was made. */
export function done(origin: AuditOrigin, { detail = {}, ...change }: Change): AuditEvent {
  return { ...change, ...origin, outcome: 'done', code: '', detail };
}
