// The last request of this tab that changed something, so that what was done by hand can be done by a program.
import { quoteWord } from '../parts/shell.ts';
import { createStore } from '../parts/store.ts';

/** A request, as a program would send it. */
interface Call {
  readonly method: string;
  /** With what stands behind `?`. */
  readonly path: string;
  /** JSON without its secrets; `@body.json` for what is too long to be read; null: there is none. */
  readonly data: string | null;
}

/** Longer bodies are named, not shown, characters. */
const MAX_SHOWN = 65_536;
/** Requests that change nothing, that only a session can send, or that are a piece of a file. */
const NO_ACT = /^\/api\/v1\/(?:(?:session|signin|setup|me|targets)(?:\/|$)|content\/[^/]+\/body$)/;
/** `url` is that of a webhook: whoever knows it may post there, so the server never gives it back. */
const SECRET = /password|secret|token|code$|totp|^url$/i;

/** null: nothing was changed yet. */
export const lastCall = createStore<Call | null>(null);

function maskSecret(key: string, value: unknown): unknown {
  return SECRET.test(key) ? '…' : value;
}

async function readData(request: Request): Promise<string | null> {
  const text = await request.text();
  if (text === '') return null;
  if (text.length > MAX_SHOWN) return '@body.json';
  return JSON.stringify(JSON.parse(text), maskSecret);
}

/** Keeps a request that was answered well. */
export async function keepCall(request: Request): Promise<void> {
  const { pathname, search } = new URL(request.url);
  if (request.method === 'GET' || NO_ACT.test(pathname)) return;
  lastCall.set({ method: request.method, path: pathname + search, data: await readData(request) });
}

/** Pure: the request as a line of a POSIX shell. `origin`: `https://muster.example.org`. */
export function toCurl({ method, path, data }: Call, origin: string): string {
  const type = "-H 'Content-Type: application/json'";
  const body = data === null ? [] : [type, `--data-binary ${quoteWord(data)}`];
  const words = [`curl -X ${method}`, '-H "Authorization: Bearer $MUSTER_TOKEN"', ...body];
  return [...words, quoteWord(origin + path)].join(' \\\n  ');
}
