// Notices a server that went silent: a ping after a long silence, and the end of the session without an answer.
import { PING_TIMEOUT_MS, SILENCE_MS } from '../timing.ts';

/** What the watcher does to the socket. */
export interface KeepaliveActions {
  ping(): void;
  /** The server is gone. */
  silent(): void;
}

/** Watches one session. */
export interface Keepalive {
  /** Something arrived from the server, a pong included. */
  heard(): void;
  stop(): void;
}

/** Starts watching. The server pings a silent agent too; this is for a server or network that vanished. */
export function startKeepalive(actions: KeepaliveActions): Keepalive {
  let timer = setTimeout(onSilence, SILENCE_MS);
  timer.unref();

  function onSilence(): void {
    actions.ping();
    timer = setTimeout(actions.silent, PING_TIMEOUT_MS);
    timer.unref();
  }

  return {
    heard() {
      clearTimeout(timer);
      timer = setTimeout(onSilence, SILENCE_MS);
      timer.unref();
    },
    stop: () => clearTimeout(timer),
  };
}
