// Jobs as the API shows them.
import type { TrustState } from '@muster/protocol';
import { type CommandKind, signersNeeded } from '@muster/protocol/commands';
import { toProgress } from './events.ts';
import type { Job } from './job.ts';
import type { JobSummary, JobView } from './schema.ts';
import type { SeenJob } from './scope.ts';

const whole = { isWhole: true };

/** A job in a list; of one that is over the stored counts are shown. */
export function toSummary(job: Job, trust: TrustState): JobSummary {
  const { command, head } = job;
  const progress = toProgress(job);
  return {
    id: job.id,
    kind: job.kind satisfies CommandKind,
    class: job.commandClass,
    reason: command.reason,
    requester: command.requester,
    signers: [...head.signers],
    needed: signersNeeded(job.commandClass, trust.document.mode, command.emergency),
    ...progress,
    dryRun: command.dryRun,
    emergency: command.emergency === true,
    notBefore: command.notBefore,
    notAfter: command.notAfter,
    createdAt: new Date(job.createdMs).toISOString(),
    endedAt: head.endedMs === null ? null : new Date(head.endedMs).toISOString(),
    madeBy: job.madeBy,
    targets: job.targets,
    counts: Object.fromEntries(Object.entries(progress.counts).map(([state, count]) => [state, count ?? 0])),
  };
}

/** A whole job. Of one with targets that somebody does not see, he does not see how they were named either. */
export function toView(job: Job, trust: TrustState, { isWhole }: Pick<SeenJob, 'isWhole'> = whole): JobView {
  const { options, head, command } = job;
  const { envelope } = head;
  return {
    ...toSummary(job, trust),
    command: isWhole ? command : { ...command, targets: { root: '', count: job.targets }, bound: undefined },
    envelope: isWhole ? { ...envelope, signatures: envelope.signatures.map((one) => ({ ...one })) } : null,
    options: {
      on: isWhole ? options.on : null,
      concurrency: options.concurrency,
      batches: [...options.batches],
      stopAtFailures: head.stopAt,
      dedupeKey: options.dedupeKey,
      content: [...options.content],
    },
  };
}
