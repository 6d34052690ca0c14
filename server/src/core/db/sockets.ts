// The sockets of a database client, opened here to be able to cut them and to see which of them waits for an answer.
import { connect, type Socket } from 'node:net';

/** Where the client wants to go. */
export interface Target {
  readonly path?: string | false;
  readonly host: string[];
  readonly port: number[];
}

/** The open sockets of one or more clients. */
export interface Sockets {
  /** Opens one; several hosts of one URL are tried in turn. */
  open(target: Target): Socket;
  /** Those on which nothing has come for so long, ms, since something was sent. */
  unanswered(ms: number): Socket[];
  /** Ends all at once. */
  cut(): void;
}

/** The first thing sent after the last that came: how much had come until then, and when it was, monotonic ms. */
interface Question {
  readonly bytesRead: number;
  readonly atMs: number;
}

/** Makes an empty set. */
export function createSockets(): Sockets {
  const questions = new Map<Socket, Question | null>();
  let attempt = 0;

  function note(socket: Socket): void {
    const last = questions.get(socket);
    if (last?.bytesRead === socket.bytesRead) return;
    questions.set(socket, { bytesRead: socket.bytesRead, atMs: performance.now() });
  }

  return {
    open(target) {
      const turn = attempt % target.host.length;
      attempt += 1;
      const host = target.host[turn] ?? 'localhost';
      const socket = target.path
        ? connect({ path: target.path })
        : connect({ host, port: target.port[turn] ?? 5432, noDelay: true });
      questions.set(socket, null);
      socket.once('close', () => questions.delete(socket));
      const write = socket.write.bind(socket);
      const emit = socket.emit.bind(socket);
      return Object.assign(socket, {
        // The client reads the name from here to check the certificate.
        host,
        write(bytes: Uint8Array, done?: (error?: Error | null) => void) {
          note(socket);
          return write(bytes, done);
        },
        // After an error the client (postgres 3.4.9, src/connection.js, closed) forgets what was asked between it and the end of the
        // socket: nobody would ever answer that. An end without an error fails everything that is open.
        emit: (name: string | symbol, ...args: unknown[]) =>
          name === 'close' ? emit(name, false) : emit(name, ...args),
      });
    },
    unanswered(ms) {
      const beforeMs = performance.now() - ms;
      return [...questions].flatMap(([socket, question]) =>
        question !== null && question.bytesRead === socket.bytesRead && question.atMs <= beforeMs
          ? [socket]
          : [],
      );
    },
    cut() {
      for (const socket of questions.keys()) socket.destroy();
    },
  };
}
