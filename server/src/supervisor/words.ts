// What supervisor and worker say to each other over their channel, beside the bus.
import type { ServerConfig } from '../config.ts';
import type { DatabaseAddress } from '../core/db/address.ts';

/** From the supervisor. */
export type Order =
  /** Once: how this worker is to run. Nothing of it stands on a command line, where others could read it. */
  | {
      readonly word: 'begin';
      /** Number of the worker, from 1; the one that takes its place has the same. */
      readonly number: number;
      /** Its share of the limits. */
      readonly config: ServerConfig;
      readonly address: DatabaseAddress;
    }
  | { readonly word: 'ping' }
  /** Drain and end. */
  | { readonly word: 'stop' };

/** From the worker. */
export type Report =
  /** Its program runs and hears orders. */
  | { readonly word: 'here' }
  | { readonly word: 'pong' }
  | { readonly word: 'ready'; readonly url: string }
  /** Its start failed; it ends. `retryable`: no fault of its own, the database was away. */
  | { readonly word: 'failed'; readonly code: string; readonly message: string; readonly retryable: boolean };

/** The envelope, so that these are told from the bus's messages. */
export interface Said<Word> {
  readonly said: Word;
}

/** What was said, or undefined for another kind of message. The channel is between two processes of one program. */
export function hear<Word extends Order | Report>(message: unknown): Word | undefined {
  return isSaid<Word>(message) ? message.said : undefined;
}

function isSaid<Word>(message: unknown): message is Said<Word> {
  return typeof message === 'object' && message !== null && 'said' in message;
}
