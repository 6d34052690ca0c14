// `muster top`: the fleet in the terminal, drawn again every two seconds; the terminal is restored however it ends.
import { isMusterError } from '@muster/protocol';
import { type Command, Option } from 'commander';
import { type Api, take } from '../api/client.ts';
import { createLiveStreams } from '../api/live-values.ts';
import { MAX_PAGE_ROWS } from '../api/pages.ts';
import type { Top } from '../api/types.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { parseCount } from '../input/words.ts';
import { beginningOf } from '../output/count.ts';
import { type Session, withSession } from '../session.ts';
import { untilInterrupted } from '../signals.ts';
import { canvasOf, type Terminal } from '../terminal.ts';
import {
  applyKey,
  drawRanking,
  drawTop,
  pageRowsOf,
  type SortKey,
  sortKeys,
  type TopState,
  visibleRows,
} from '../views/top.ts';
import { reading, USUAL_ROWS } from './options.ts';

/** Time between two looks at the server, ms. */
const REFRESH_MS = 2_000;
/** Height of a terminal that does not say. */
const DEFAULT_HEIGHT = 24;

/** Another screen without a cursor, and back (xterm control sequences, private modes 1049 and 25). */
const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

interface TopOptions {
  readonly sort: SortKey;
  readonly limit: number;
}

/** Registers the command. */
export function registerTop(program: Command, terminal: Terminal): void {
  program
    .command('top')
    .summary('watch the fleet live in the terminal')
    .description(
      'Ranks the connected devices by what they use, drawn again every two seconds; q quits. Without a terminal it prints one table.',
    )
    .addOption(new Option('--sort <key>', 'what to rank by').choices(sortKeys).default('cpu'))
    .addOption(
      new Option('--limit <rows>', 'devices at most')
        .default(USUAL_ROWS)
        .argParser(reading((text) => parseCount(text, { min: 1, max: MAX_PAGE_ROWS }))),
    )
    .action((options: TopOptions, command: Command) =>
      withSession(terminal, command, (session) => top(session, options)),
    );
}

function readTop(api: Api, query: TopOptions): Promise<Top> {
  return take(api.http.GET('/api/v1/top', { params: { query } }));
}

async function top(session: Session, { sort, limit }: TopOptions): Promise<void> {
  const { terminal, json, api } = session;
  if (terminal.stdout.isTTY === true && terminal.stdin.isTTY === true && !json)
    return await watch(session, { sort, limit });
  const ranking = await readTop(api, { sort, limit });
  const nowMs = terminal.now();
  if (ranking.items.length === 0) session.note('No device is online.');
  if (ranking.items.length > 0 || json)
    session.print(ranking, (canvas) => drawRanking(ranking.items, { nowMs, sort }, canvas));
  if (ranking.online > ranking.items.length)
    session.note(
      `${beginningOf(ranking.items.length, { word: 'first', thing: 'device' })} of ${ranking.online} online.`,
    );
}

/** A pause that can be cut short. */
function createPause(): { wait(ms: number): Promise<void>; wake(): void } {
  let wake: () => void = () => undefined;
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    wake: () => wake(),
  };
}

/** Draws and reads keys until somebody leaves. */
async function watch({ api, url, terminal }: Session, { sort, limit }: TopOptions): Promise<void> {
  const { stdin, stdout } = terminal;
  const pause = createPause();
  const { signal, end } = untilInterrupted();
  let state: TopState = { top: null, sort, offset: 0, problem: null };
  let isOver = false;

  const leave = () => {
    isOver = true;
    pause.wake();
  };
  const live = createLiveStreams(api, { everyMs: REFRESH_MS, now: terminal.now });
  const draw = () => {
    if (isOver) return;
    const height = stdout.rows || DEFAULT_HEIGHT;
    const picture = { url, nowMs: terminal.now(), height, live: live.get };
    const lines = drawTop(state, picture, canvasOf(stdout, terminal.env));
    live.follow(visibleRows(state, height, live.get).map(({ id }) => id));
    stdout.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  };
  const onKey = (piece: Buffer) => {
    const next = applyKey(state, piece.toString('utf8'), pageRowsOf(stdout.rows || DEFAULT_HEIGHT));
    if (next === null) return leave();
    // Another order may bring other devices: the server ranks them all.
    const isResorted = next.sort !== state.sort;
    state = next;
    draw();
    if (isResorted) pause.wake();
  };

  signal.addEventListener('abort', leave);
  const restore = takeScreen(terminal, { onKey, onResize: draw });
  try {
    draw();
    while (!isOver) {
      const { sort: by } = state;
      const { found, problem } = await readOnce(() => readTop(api, { sort: by, limit }));
      state = { ...state, top: found ?? state.top, problem };
      draw();
      if (!isOver) await pause.wait(REFRESH_MS);
    }
  } finally {
    end();
    restore();
    stdin.pause();
    await live.stop();
  }
}

/** One look. What may pass is shown above the last data; a refusal or a lost sign-in ends the command. */
async function readOnce(read: () => Promise<Top>): Promise<{ found: Top | null; problem: string | null }> {
  try {
    return { found: await read(), problem: null };
  } catch (error) {
    if (!isMusterError(error) || exitCodeOf(error.code) !== 5) throw error;
    return { found: null, problem: `${error.message} (${error.code})` };
  }
}

/** Takes the keyboard and a screen of its own; the returned function gives both back, once, also when the process just ends. */
function takeScreen(
  { stdin, stdout }: Terminal,
  { onKey, onResize }: { readonly onKey: (piece: Buffer) => void; readonly onResize: () => void },
): () => void {
  let isTaken = true;
  const restore = () => {
    if (!isTaken) return;
    isTaken = false;
    stdin.off('data', onKey);
    stdin.setRawMode?.(false);
    stdout.write(LEAVE_SCREEN);
    process.off('exit', restore);
    process.off('SIGWINCH', onResize);
  };
  process.once('exit', restore);
  process.on('SIGWINCH', onResize);
  stdout.write(ENTER_SCREEN);
  stdin.setRawMode?.(true);
  stdin.on('data', onKey);
  stdin.resume();
  return restore;
}
