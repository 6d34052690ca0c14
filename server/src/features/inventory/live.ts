// Asks a connected device for a live section and waits for the answer, for somebody who looks.
import { isMusterError, type LiveFrame, type Section, type SliceBody } from '@muster/protocol';
import type { Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { fail } from '../../errors.ts';
import { readBody, unpack } from './body.ts';
import { LIVE_TIMEOUT_MS, MAX_LIVE_PER_SESSION, MAX_LIVE_QUESTIONS } from './limits.ts';

/** Questions that wait for an answer. */
export interface LiveQuestions {
  /** Rejects with E_BUSY (too many), E_TIMEOUT, E_DEVICE_OFFLINE (the session ended), or what is wrong with the answer. */
  ask(session: Session, section: Section): Promise<SliceBody>;
  /** Rejects with what is wrong with the answer. One that nobody waits for any more is dropped. */
  answer(session: Session, frame: LiveFrame): Promise<void>;
  closed(session: Session): void;
}

interface Question {
  readonly section: Section;
  settle(outcome: { readonly body: SliceBody } | { readonly error: unknown }): void;
}

const MAX_ID = 0xffffffff;

export function createLiveQuestions(clock: Clock): LiveQuestions {
  const asked = new Map<Session, Map<number, Question>>();
  let waiting = 0;
  let lastId = 0;

  function questionsOf(session: Session): Map<number, Question> {
    const questions = asked.get(session) ?? new Map<number, Question>();
    asked.set(session, questions);
    return questions;
  }

  function drop(session: Session, id: number): void {
    const questions = asked.get(session);
    if (questions?.delete(id) !== true) return;
    waiting -= 1;
    if (questions.size === 0) asked.delete(session);
  }

  return {
    ask(session, section) {
      const questions = questionsOf(session);
      if (waiting >= MAX_LIVE_QUESTIONS || questions.size >= MAX_LIVE_PER_SESSION) {
        if (questions.size === 0) asked.delete(session);
        return Promise.reject(
          fail('E_BUSY', { detail: 'Too many live questions wait for an answer; try again in a moment.' }),
        );
      }
      lastId = (lastId % MAX_ID) + 1;
      const id = lastId;
      waiting += 1;
      return new Promise((resolve, reject) => {
        const cancel = clock.after(LIVE_TIMEOUT_MS, () =>
          settle({ error: fail('E_TIMEOUT', { detail: 'The device did not answer in time; try again.' }) }),
        );
        function settle(outcome: { readonly body: SliceBody } | { readonly error: unknown }): void {
          cancel();
          drop(session, id);
          if ('body' in outcome) resolve(outcome.body);
          else reject(outcome.error);
        }
        questions.set(id, { section, settle });
        session.send({ type: 'live.get', id, name: section.name });
      });
    },
    async answer(session, frame) {
      const question = asked.get(session)?.get(frame.id);
      if (question === undefined) return;
      try {
        question.settle({ body: await readBody(question.section, unpack(frame).raw) });
      } catch (error) {
        question.settle({ error: isMusterError(error) ? error : fail('E_SHAPE', { cause: error }) });
        throw error;
      }
    },
    closed(session) {
      for (const question of asked.get(session)?.values() ?? [])
        question.settle({ error: fail('E_DEVICE_OFFLINE') });
    },
  };
}
