// Server-sent events: one connection a path however many parts listen, closed while nobody looks, opened again by itself.
//
// A browser opens at most six connections to a server that speaks HTTP/1.1, over all its tabs: a hidden tab keeps none.
import { useEffect, useRef } from 'react';
import { createStore, useStore } from './store.ts';

/** Waiting before a stream that the server refused is tried again, ms. */
const AGAIN_MS = 5_000;
/** A tab that is hidden for so long lets its streams go, ms. */
const HIDDEN_MS = 10_000;
/** A server that says nothing for so long is away, though nobody closed the connection, ms: it beats every 20 s. */
const SILENCE_MS = 50_000;

/** What listens: by name of the event; `open` is called each time the connection stands (again), to read what was missed. */
export type StreamHandlers = Readonly<Record<string, (data: unknown) => void>>;

interface Stream {
  readonly path: string;
  readonly listeners: Set<{ readonly current: StreamHandlers }>;
  readonly names: Set<string>;
  source: EventSource | null;
  again: ReturnType<typeof setTimeout> | undefined;
  silence: ReturnType<typeof setTimeout> | undefined;
  /** When it was last known to stand, ms since 1970; null: never yet. */
  aliveMs: number | null;
  isLost: boolean;
}

const streams = new Map<string, Stream>();
/** null: all is well. */
const lost = createStore<{ readonly sinceMs: number | null } | null>(null);

function judge(): void {
  const broken = [...streams.values()].filter(({ isLost }) => isLost);
  const times = broken.flatMap(({ aliveMs }) => aliveMs ?? []);
  const next = broken.length === 0 ? null : { sinceMs: times.length === 0 ? null : Math.min(...times) };
  const known = lost.get();
  if (next?.sinceMs === known?.sinceMs && (next === null) === (known === null)) return;
  lost.set(next);
}

function tell(stream: Stream, name: string, data: unknown): void {
  for (const { current } of [...stream.listeners]) current[name]?.(data);
}

/** It has just said something: it is there, and has time again until it must say the next thing. */
function hear(stream: Stream): void {
  stream.aliveMs = Date.now();
  awaitWord(stream);
}

/** A connection that nobody closed says nothing of a cable that was pulled: it is let go, and another one is tried. */
function awaitWord(stream: Stream): void {
  clearTimeout(stream.silence);
  stream.silence = setTimeout(() => {
    stream.source?.close();
    stream.source = null;
    stream.isLost = true;
    judge();
    open(stream);
  }, SILENCE_MS);
}

function listen(stream: Stream, name: string): void {
  stream.source?.addEventListener(name, (event) => {
    hear(stream);
    const data: unknown = event instanceof MessageEvent ? JSON.parse(String(event.data)) : null;
    tell(stream, name, data);
  });
}

function open(stream: Stream): void {
  clearTimeout(stream.again);
  if (document.hidden || stream.source !== null) return;
  const source = new EventSource(stream.path);
  stream.source = source;
  awaitWord(stream);
  for (const name of stream.names) listen(stream, name);
  source.addEventListener('beat', () => hear(stream));
  source.onopen = () => {
    hear(stream);
    stream.isLost = false;
    judge();
    tell(stream, 'open', null);
  };
  source.onerror = () => {
    // Data was good until now: an open stream says nothing while nothing happens.
    if (!stream.isLost && stream.aliveMs !== null) stream.aliveMs = Date.now();
    stream.isLost = true;
    judge();
    // After an answer that is no stream the browser does not try again.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(stream.silence);
    stream.source = null;
    stream.again = setTimeout(() => open(stream), AGAIN_MS);
  };
}

function close(stream: Stream): void {
  clearTimeout(stream.again);
  clearTimeout(stream.silence);
  stream.source?.close();
  stream.source = null;
  stream.isLost = false;
  judge();
}

let hiding: ReturnType<typeof setTimeout> | undefined;
document.addEventListener('visibilitychange', () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(() => [...streams.values()].forEach(close), HIDDEN_MS);
  else [...streams.values()].forEach(open);
});

/** `open` and `error` are also names of the source's own events; the first is told by us, the second is no event of a server. */
const ownNames = new Set(['open', 'error']);

function join(path: string, handlers: { readonly current: StreamHandlers }): () => void {
  const stream = streams.get(path) ?? {
    ...{ path, source: null, again: undefined, silence: undefined, aliveMs: null, isLost: false },
    listeners: new Set<{ readonly current: StreamHandlers }>(),
    names: new Set<string>(),
  };
  streams.set(path, stream);
  stream.listeners.add(handlers);
  for (const name of Object.keys(handlers.current)) {
    if (ownNames.has(name) || stream.names.has(name)) continue;
    stream.names.add(name);
    listen(stream, name);
  }
  open(stream);
  return () => {
    stream.listeners.delete(handlers);
    if (stream.listeners.size > 0) return;
    close(stream);
    streams.delete(path);
  };
}

/**
 * Listens to a stream while the part is shown; `path` null: to none. The names of the events must be the same from the
 * first rendering on. A lost connection shows the banner of the layout.
 */
export function useStream(path: string | null, handlers: StreamHandlers): void {
  const current = useRef(handlers);
  current.current = handlers;
  useEffect(() => (path === null ? undefined : join(path, current)), [path]);
}

/** Since when a stream is broken; null while all stand. `sinceMs` null: it never stood. */
export function useLost(): { readonly sinceMs: number | null } | null {
  return useStore(lost);
}
