// What a command reads from and writes to: handed in, so that tests see exactly what a person would.
import type { Canvas } from './output/canvas.ts';

/** A stream that text is written to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** The keyboard or a pipe. */
export interface Input extends AsyncIterable<string | Buffer> {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (piece: Buffer) => void): unknown;
  off(event: 'data', listener: (piece: Buffer) => void): unknown;
}

/** Everything of the outside that commands use, apart from files and the server. */
export interface Terminal {
  readonly stdin: Input;
  /** Data, and nothing else. */
  readonly stdout: Output;
  /** Messages, questions and progress. */
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Wall clock, ms. */
  now(): number;
  /** Longest wait for names that a completion offers, ms; a second without it. */
  readonly namesWithinMs?: number;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, now: () => Date.now() };
}

/** Width of text nobody has given a width to, in columns. */
const DEFAULT_WIDTH = 80;

/** Whether color may be used: NO_COLOR and a dumb terminal say no, FORCE_COLOR says yes, else only terminals get it. */
function mayColor(output: Output, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return output.isTTY === true && env.TERM !== 'dumb';
}

/** How text for that output is drawn. A pipe has no width: what a program reads is never cut. */
export function canvasOf(output: Output, env: NodeJS.ProcessEnv): Canvas {
  const width = output.isTTY === true ? (output.columns ?? 0) || DEFAULT_WIDTH : null;
  return { width, color: mayColor(output, env) };
}
