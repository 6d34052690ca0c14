// How a server is asked by code that the command line and the console share: each hands in its own client.
import type { Client } from 'openapi-fetch';
import type { paths } from './schema.d.ts';

/** A way to a server. */
export interface Asking {
  readonly http: Client<paths>;
  /** The data of an answer. @throws what the server refused with, as its caller tells people */
  take<T>(
    answer: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
  ): Promise<T>;
  /** ms since 1970. */
  now(): number;
}
