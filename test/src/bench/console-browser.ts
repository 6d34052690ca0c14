// A browser to which nothing is attached but for the moment of a look: what a debugger keeps of a page is not the page's memory.
import { WebSocket } from 'ws';
import { findProgram, startProgram } from '../support/processes.ts';
import { until } from '../support/wait.ts';
import type { BenchContext } from './bench.ts';
import { makeBenchFolder } from './stage.ts';

/** Names under which distributions have it. */
const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of the browser. @throws Error where there is none */
export function findChromium(): string {
  const path = names.map(findProgram).find((found) => found !== null);
  if (path == null) throw new Error('there is no Chromium');
  return path;
}

/** Answer to a method of the protocol of Chromium's debugger. */
type Answer = Readonly<Record<string, unknown>>;
/** Calls one. */
export type Send = (method: string, params?: object) => Promise<Answer>;

/** A cookie as it is handed in. */
export interface BareCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
}

/** The one page of the browser. */
export interface BarePage {
  /** Attaches, works, and lets go again. */
  look<T>(work: (send: Send) => Promise<T>): Promise<T>;
  /** Process ids of what draws pages and runs their scripts. */
  renderers(): Promise<readonly number[]>;
}

/** Calls over one connection; with a session they go to the page that is attached to. */
async function connect(context: BenchContext, url: string) {
  const socket = new WebSocket(url);
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let lastId = 0;
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      readonly id?: number;
      readonly result?: Answer;
      readonly error?: { readonly message: string };
    };
    const caller = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error === undefined) caller?.resolve(result ?? {});
    else caller?.reject(new Error(error.message));
  });
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'));
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  context.teardown(async () => socket.terminate());
  return (method: string, params: object = {}, sessionId?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    });
}

/** Starts it and opens a page; no name but localhost leads anywhere. */
export async function openBarePage(
  context: BenchContext,
  { url, cookies }: { readonly url: string; readonly cookies: readonly BareCookie[] },
): Promise<BarePage> {
  const program = startProgram(context, [
    findChromium(),
    '--headless',
    // The sandbox does not work for root; nothing foreign is ever loaded here.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--ignore-certificate-errors',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--window-size=1280,900',
    '--remote-debugging-port=0',
    `--user-data-dir=${await makeBenchFolder(context, 'browser')}`,
  ]);
  const address = /^DevTools listening on (ws:\S+)$/m;
  const found = await until('the browser is ready', () => address.exec(program.output())?.[1]);
  const call = await connect(context, found);
  await call('Storage.setCookies', {
    cookies: cookies.map(({ name, value, domain, path, secure, httpOnly }) => ({
      ...{ name, value, domain, path, secure, httpOnly },
    })),
  });
  const { targetId } = await call('Target.createTarget', { url });
  return {
    async look(work) {
      const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
      try {
        return await work((method, params) => call(method, params, String(sessionId)));
      } finally {
        await call('Target.detachFromTarget', { sessionId });
      }
    },
    async renderers() {
      const { processInfo } = await call('SystemInfo.getProcessInfo');
      return (processInfo as readonly { readonly type: string; readonly id: number }[])
        .filter(({ type }) => type === 'renderer')
        .map(({ id }) => id);
    },
  };
}
