// How a durable message of a device is answered: ack after the commit, nack for never, silence for later.
import { isMusterError } from '@muster/protocol';
import { fail } from '../../errors.ts';
import { MAX_DURABLE_BYTES_A_DAY, MIN_DURABLE_BYTES } from '../../limits.ts';
import { type ByteQuota, createByteQuota, type QuotaOptions } from './quota.ts';
import type { Session } from './session.ts';

/** A durable message as it came. */
export interface DurableMessage {
  readonly seq: number;
  readonly sizeBytes: number;
}

/**
 * Waits for the work that stores a message and answers the device. A passing failure is not answered: the device keeps the
 * message and sends it again. A device that has sent its share of the day gets E_QUOTA, and nothing of it is stored before
 * the next. Anything unexpected is thrown on.
 */
export type AnswerDurable = (
  session: Session,
  message: DurableMessage,
  work: () => Promise<unknown>,
) => Promise<void>;

/** Makes the answer to all durable messages of this process: one quota for whatever a device sends. */
export function createAnswerDurable(
  options: Pick<QuotaOptions, 'clock' | 'log'>,
  limitBytes = MAX_DURABLE_BYTES_A_DAY,
): AnswerDurable {
  const quota = createByteQuota({ ...options, name: 'measurements and alerts', limitBytes });
  return (session, message, work) => answer(quota, session, { message, work });
}

async function answer(
  quota: ByteQuota,
  session: Session,
  { message, work }: { readonly message: DurableMessage; readonly work: () => Promise<unknown> },
): Promise<void> {
  const { seq } = message;
  const sizeBytes = Math.max(message.sizeBytes, MIN_DURABLE_BYTES);
  try {
    if (!quota.take(session, sizeBytes)) throw fail('E_QUOTA');
    await work();
    session.send({ type: 'ack', seqs: [seq] });
  } catch (error) {
    if (!isMusterError(error)) throw error;
    // It comes again: a database that is away must not cost a device its share.
    if (error.retryable) quota.giveBack(session, sizeBytes);
    else session.send({ type: 'nack', seq, code: error.code, message: error.message });
  }
}
