// What the audit is told of jobs.
import { type AuditEvent, type AuditOrigin, done } from '../../core/audit/audit.ts';
import type { CheckTargets } from '../../core/http/scope.ts';
import type { Job } from './job.ts';
import type { JudgedCommand } from './judge.ts';

/** A job that somebody decides about. */
export interface JobPlace {
  readonly tenant: number;
  readonly id: string;
  readonly origin: AuditOrigin;
  /** Refuses when a target is outside of what the caller may order this for. */
  readonly check: CheckTargets;
}

/** The event of something that a person does with a job. */
export function eventOf(
  { tenant, id, kind }: Pick<Job, 'tenant' | 'id' | 'kind'>,
  origin: AuditOrigin,
  what: Pick<AuditEvent, 'act' | 'detail'>,
): AuditEvent {
  return done(origin, { tenant, ...what, subject: { kind: 'job', id, name: kind } });
}

/** The event of an order: one, for however many devices. */
export function orderEvent(
  job: Pick<Job, 'tenant' | 'id' | 'kind'>,
  origin: AuditOrigin,
  { command, commandClass, digest, signers, targets }: JudgedCommand,
): AuditEvent {
  const { kind, requester, reason, dryRun, emergency } = command;
  const detail = {
    kind,
    class: commandClass,
    requester,
    reason,
    dryRun,
    ...(emergency === true && { emergency }),
    targets,
    signers: [...signers],
    digest,
  };
  return eventOf(job, origin, { act: 'job.order', detail });
}
