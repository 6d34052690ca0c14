// What devices say as witnesses: questions are answered by proofs; an alarm is checked, written down and told, and a flood of them is bounded.
import {
  type AuditAlarm,
  type AuditCheckpoint,
  type AuditProve,
  findFork,
  followsFrom,
  isMusterError,
  openCheckpoint,
} from '@muster/protocol';
import type { Session } from '../../core/agents/session.ts';
import { done, writeAudit } from '../../core/audit/audit.ts';
import type { AuditDeps } from './deps.ts';
import { MAX_ALARMS_AN_HOUR } from './limits.ts';
import type { Prover } from './prover.ts';

const HOUR_MS = 3_600_000;

/** Takes an alarm. */
export type TakeAlarm = (session: Session, alarm: AuditAlarm) => Promise<void>;

/** Answers a device that asks for a proof; silent where there is none. */
export function createTakeQuestion({ prove }: Prover) {
  return async (session: Session, question: AuditProve): Promise<void> => {
    const proof = await prove(question, session);
    if (proof !== null && session.open) session.send(proof);
  };
}

/** Makes it. After a backup was restored every device raises one: the first of an hour are enough to know. */
export function createTakeAlarm(deps: AuditDeps, prover: Prover): TakeAlarm {
  const { sql, clock, crypto, log, trust } = deps;
  /** Why the later one does not follow; of a larger one by our own tables, whatever the device says. */
  async function findConflict(session: Session, before: AuditCheckpoint, later: AuditCheckpoint) {
    const code = findFork(before, later);
    if (code !== null || before.size === later.size) return code;
    const proof = await prover.prove({ from: before.size, to: later.size }, session);
    if (proof !== null)
      return followsFrom(before, { later, hashes: proof.hashes }, crypto) ? null : 'E_AUDIT_FORK';
    log.warn(
      { deviceId: session.deviceId, seenSize: before.size, shownSize: later.size },
      'a device misses a proof about the audit, and there is none now',
    );
    return null;
  }

  let windowMs = Number.NEGATIVE_INFINITY;
  let written = 0;
  return async (session, { seen, shown }) => {
    if (clock.monotonic() - windowMs > HOUR_MS) {
      windowMs = clock.monotonic();
      written = 0;
    }
    if (written >= MAX_ALARMS_AN_HOUR) return;
    const context = { trust: trust.current().document, crypto };
    try {
      const [before, later] = [openCheckpoint(seen, context), openCheckpoint(shown, context)];
      const code = await findConflict(session, before, later);
      // Both are the server's own words; what does not contradict is no alarm.
      if (code === null) return;
      // Others may have been written meanwhile.
      if (written >= MAX_ALARMS_AN_HOUR) return;
      written += 1;
      const detail = {
        code,
        seenSize: before.size,
        seenRoot: before.root,
        shownSize: later.size,
        shownRoot: later.root,
      };
      log.error(
        { deviceId: session.deviceId, ...detail },
        'a device saw another audit before than it is shown now',
      );
      const { deviceId: id } = session;
      const actor = { kind: 'device', id, name: '', address: '' } as const;
      const subject = { kind: 'device', id, name: '' };
      await writeAudit(
        sql,
        done({ actor, requestId: '' }, { tenant: trust.tenant, act: 'audit.alarm', subject, detail }),
      );
    } catch (err) {
      if (!isMusterError(err)) throw err;
      log.warn(
        { err, deviceId: session.deviceId },
        'an alarm of a device about the audit could not be taken',
      );
    }
  };
}
