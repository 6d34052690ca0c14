// `muster approve`: shows what somebody else ordered, from the signed bytes themselves, and adds a second signature.
import { classOf, type ReadonlyTrust } from '@muster/protocol';
import type { Command as CommandDocument } from '@muster/protocol/commands';
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import type { Job } from '../api/types.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { describeApprovers, listDone } from '../jobs/approval.ts';
import { findContent, readNamedContent, unapproved } from '../jobs/content-args.ts';
import { cosign, decodeCommand, describeSignatures, envelopeOf, readSignatures } from '../jobs/documents.ts';
import { chooseSigner } from '../keys/choose.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { type Session, withSession } from '../session.ts';
import { canvasOf, type Terminal } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawCommand } from '../views/command.ts';
import { describeContent } from '../views/content.ts';
import { approveContent } from './content-approve.ts';
import { findJob } from './jobs.ts';
import { type ApproveOptions, addApproveOptions } from './sign-options.ts';

/** Registers the command. */
export function registerApprove(program: Command, terminal: Terminal): void {
  addApproveOptions(
    program
      .command('approve')
      .summary('sign what somebody else has ordered')
      .description(
        'Shows a job or a content as it was signed, decoded here from the very bytes, and adds your signature to them.',
      )
      .argument('<what>', 'id of a job, or name or digest of a content'),
  ).action((what: string, options: ApproveOptions, command: Command) =>
    withSession(terminal, command, async (session) => {
      if (what.startsWith('cmd_')) return approveJob(session, await findJob(session, what), options);
      return approveContent(session, await findContent(session, what, unapproved), options);
    }),
  );
}

/** Nobody is asked for a passphrase for nothing. @throws MusterError E_JOB_STATE for a job that ended without its signatures */
function noteNotWaiting(session: Session, job: Job): void {
  const { id, state, signers, needed } = job;
  if (signers.length < needed)
    throw fail('E_JOB_STATE', { detail: `${id} is ${state}; a signature changes nothing any more.` });
  if (session.json) session.print(job, () => '');
  session.note(`${id} has all its signatures, by ${signers.join(', ')}; it is ${state}.`);
}

/** Shows the command as it was signed, and what it names. */
async function noteCommand(
  session: Session,
  {
    job,
    command,
    trust,
  }: { readonly job: Job; readonly command: CommandDocument; readonly trust: ReadonlyTrust },
): Promise<void> {
  const { terminal } = session;
  const named = await readNamedContent(session, command);
  const content = named === null ? undefined : describeContent(named);
  const picture = { command, trust, on: job.options.on ?? undefined, content };
  session.note(drawCommand(picture, { ...canvasOf(terminal.stderr, terminal.env), color: false }));
}

/** What became of it with one more signature. */
function describeSigned(job: Job, trust: ReadonlyTrust): string {
  const { id, kind, signers, needed, state } = job;
  const by = `Signed by ${signers.join(', ')}`;
  if (state !== 'awaiting-signatures')
    return `${by}; it is on its way. muster job ${id} --follow watches it.`;
  const missing = Math.max(1, needed - signers.length);
  const more = missing === 1 ? 'one more' : `${missing} more`;
  const done = listDone(trust, readSignatures(envelopeOf(job), trust));
  return `${by}; ${more} must, ${describeApprovers(trust, { kind, signers: done })}.`;
}

async function approveJob(session: Session, job: Job, options: ApproveOptions): Promise<void> {
  const { terminal, api } = session;
  const { document: trust } = await readTrust(session, terminal.env);
  const command = decodeCommand(envelopeOf(job));
  if (command.org !== trust.org || command.cmdId !== job.id)
    throw fail('E_ANSWER', { detail: 'The server shows another command than the one that was asked for.' });
  const signatures = readSignatures(envelopeOf(job), trust);
  const { kind } = command;
  if (job.state !== 'awaiting-signatures') return noteNotWaiting(session, job);
  await noteCommand(session, { job, command, trust });
  session.note(`Signed so far by: ${describeSignatures(signatures) || 'nobody the trust document knows'}.`);
  const chosen = await chooseSigner(session, trust, { role: 'approve', kind, key: options.key });
  // What he signed with a passkey he has seen at a page only; here he sees the bytes.
  if (signatures.direct.has(chosen.signer.id))
    throw fail('E_NO_KEY', { detail: `${chosen.signer.id} has signed this already; somebody else must.` });
  if (options.yes !== true) {
    const isGrave = classOf(kind, trust.classes) === 'destructive' && !command.dryRun;
    const consequence = `What stands above is exactly what you sign.${isGrave ? ' It cannot be undone.' : ''}`;
    await confirm(terminal, { consequence, word: isGrave ? kind : 'sign' }, session.mayAsk);
  }
  const key = await unlockKey(session, chosen.key, options);
  const signed = await take(
    api.http.POST('/api/v1/jobs/{id}/signatures', {
      params: { path: { id: job.id } },
      body: { envelope: cosign(envelopeOf(job), key) },
    }),
  );
  if (session.json) session.print(signed, () => '');
  session.note(describeSigned(signed, trust));
}
