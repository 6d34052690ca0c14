// How a durable message of a device is answered: ack after the commit, nack for never, silence for later.
import { isMusterError } from '@muster/protocol';
import type { Session } from './session.ts';

/**
 * Waits for the work that stores a message and answers the device. A passing failure is not answered: the device keeps the
 * message and sends it again. Anything unexpected is thrown on.
 */
export async function answerDurable(
  session: Session,
  seq: number,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
    session.send({ type: 'ack', seqs: [seq] });
  } catch (error) {
    if (!isMusterError(error)) throw error;
    if (error.retryable) return;
    session.send({ type: 'nack', seq, code: error.code, message: error.message });
  }
}
