// The statements that one request or frame causes, told apart from those that a server in this process sends on its own.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { IncomingMessage } from 'node:http';
import postgres from 'postgres';
import { WebSocket } from 'ws';

/** What the client of the database makes of a template: its first `handle` sends it, and is called where somebody waits for it. */
interface Statement {
  readonly executed: boolean;
  readonly strings: readonly string[];
  handle(): Promise<void>;
}

/** Told of the text of a statement. */
type Note = (text: string) => void;

/** Who is told of what the present step sends. Promises and timers hand it on; what the server began by itself has none. */
const present = new AsyncLocalStorage<Note>();

/** What all statements of this process have in common; the client does not name it. */
function formOfStatements(): Statement {
  // Never waited for, so that nothing is connected.
  return Object.getPrototypeOf(postgres()``);
}

let isWatching = false;

/** From here on the texts of statements are noted. */
function watchStatements(): void {
  if (isWatching) return;
  isWatching = true;
  const form = formOfStatements();
  const { handle } = form;
  form.handle = function noteAndHandle(this: Statement) {
    if (!this.executed) present.getStore()?.(this.strings.join('?'));
    return handle.call(this);
  };
}

/** From here on `begin` says who is told of the statements of such an event, and of all that it sets in motion; null: nobody. */
function watchEvents(
  emitter: EventEmitter,
  name: string,
  begin: (args: readonly unknown[]) => Note | null,
): void {
  watchStatements();
  const { emit } = emitter;
  emitter.emit = function emitNoted(this: EventEmitter, event: string | symbol, ...args: unknown[]) {
    const note = event === name ? begin(args) : null;
    const go = (): boolean => Reflect.apply(emit, this, [event, ...args]);
    return note === null ? go() : present.run(note, go);
  };
}

/** A request, and the texts of the statements it has caused so far, those of transactions included. */
export interface WatchedRequest {
  readonly url: string;
  readonly statements: readonly string[];
}

/** The requests that come to that server from here on, in their order; the list grows. */
export function watchRequests(server: EventEmitter): readonly WatchedRequest[] {
  const requests: WatchedRequest[] = [];
  watchEvents(server, 'request', ([request]) => {
    const statements: string[] = [];
    requests.push({ url: request instanceof IncomingMessage ? (request.url ?? '') : '', statements });
    return (text) => void statements.push(text);
  });
  return requests;
}

/** From here on tells of each statement that a binary frame causes, by the first byte of the frame, its kind. */
export function watchFrames(note: (kind: number, text: string) => void): void {
  watchEvents(WebSocket.prototype, 'message', ([data, isBinary]) => {
    if (isBinary !== true || !Buffer.isBuffer(data)) return null;
    const kind = data[0] ?? 0;
    return (text) => note(kind, text);
  });
}
