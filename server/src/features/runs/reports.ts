// What devices say about runs: reports are acknowledged after the commit, output goes to whoever looks.
import { decodeBase64url, isMusterError, type RunReport } from '@muster/protocol';
import type { ByteQuota } from '../../core/agents/quota.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import type { ReportChange } from './changes.ts';
import type { Dispatcher } from './dispatch.ts';
import type { JobEvents } from './events.ts';
import { runOf } from './job.ts';
import type { OpenJobs } from './open-jobs.ts';
import type { JobWriter } from './writer.ts';

/** What the messages need. */
export interface ReportDeps {
  readonly open: OpenJobs;
  readonly writer: JobWriter;
  readonly dispatcher: Dispatcher;
  readonly events: JobEvents;
  /** What one device may send in a day; above it reports stay on the device, none is refused. */
  readonly quota: ByteQuota;
}

/** Fixed part of what a report costs here, bytes: a row with its index, and its share of a block. */
const ROW_BYTES = 1_024;

/** Registers the messages. */
export function registerReports(routes: AgentRoutes, deps: ReportDeps): void {
  const { open, dispatcher, events } = deps;
  routes.message('run.report', (session, report) => takeReport(deps, session, report));
  routes.message('run.output', ({ tenant, idx, deviceId }, message) => {
    const job = open.find(tenant, message.cmdId);
    if (job === undefined || !events.isWatched(job)) return;
    const state = runOf(job, idx);
    if (state !== undefined && state !== 'queued') events.output(job, { deviceId, idx }, message);
  });
  routes.message('run.later', (session, message) => dispatcher.later(session, message));
  routes.opened((session) => dispatcher.opened(session));
  routes.closed((session) => dispatcher.closed(session));
}

/** Looked at before it is put among the reports of others, who must not wait for its fault. @throws MusterError E_B64 */
function checkOutput({ output }: RunReport): void {
  // One spelling only: the schema knows the letters, not the stray bits at the end.
  decodeBase64url(output);
}

/** A failure that passes is not answered: the device keeps the report and sends it again. */
async function takeReport({ writer, quota }: ReportDeps, session: Session, report: RunReport): Promise<void> {
  const { tenant, idx, deviceId } = session;
  const { seq } = report;
  const sizeBytes = ROW_BYTES + report.output.length;
  if (!quota.take(session, sizeBytes)) return;
  const change: ReportChange = { kind: 'report', tenant, idx, deviceId, report, outcome: 'same' };
  try {
    checkOutput(report);
    await writer.write(change);
  } catch (error) {
    if (!isMusterError(error)) throw error;
    quota.giveBack(session, sizeBytes);
    if (!error.retryable) session.send({ type: 'nack', seq, code: error.code, message: error.message });
    return;
  }
  if (change.outcome !== 'unknown') session.send({ type: 'ack', seqs: [seq] });
  else session.send({ type: 'nack', seq, code: 'E_TARGET', message: 'No job here means this device.' });
}
