// Questions to the person at the terminal: confirmations, and secrets that are not shown.
import { readFile } from 'node:fs/promises';
import { fail } from '../errors.ts';
import { safeText } from '../output/safe-text.ts';
import type { Terminal } from '../terminal.ts';

/** Longest answer or secret, characters; a token has under 200. */
const MAX_ANSWER_CHARS = 4_096;

/** A question that only the right word answers. */
export interface Confirmation {
  /** What will happen, and whether it can be undone: one or two sentences. */
  readonly consequence: string;
  /** What has to be typed. */
  readonly word: string;
}

/** True when somebody can be asked. */
export function canAsk(terminal: Terminal, mayAsk: boolean): boolean {
  return mayAsk && terminal.stdin.isTTY === true && terminal.stderr.isTTY === true;
}

/** Waits for the right word. @throws MusterError E_CONFIRM when there is nobody to ask or the answer is another */
export async function confirm(
  terminal: Terminal,
  { consequence, word }: Confirmation,
  mayAsk: boolean,
): Promise<void> {
  if (!canAsk(terminal, mayAsk)) throw fail('E_CONFIRM');
  terminal.stderr.write(`${safeText(consequence)}\nType the word ${safeText(word)} to go on: `);
  const answer = await readLine(terminal, { isSecret: false });
  if (answer.trim() === word) return;
  throw fail('E_CONFIRM', { detail: `Nothing was done: only the word ${word} is a yes here.` });
}

/**
 * Reads a secret: from a file, from standard input (`-`), or asked for without echo.
 * @throws MusterError E_FILE, E_USAGE when it is empty or nobody can be asked
 */
export async function readSecret(
  terminal: Terminal,
  { file, question, mayAsk }: { file: string | undefined; question: string; mayAsk: boolean },
): Promise<string> {
  const text = await readSecretText(terminal, { file, question, mayAsk });
  const secret = text.trim();
  if (secret === '' || secret.length > MAX_ANSWER_CHARS || /\s/.test(secret))
    throw fail('E_USAGE', { detail: 'What was given is not a token: it is empty or more than one word.' });
  return secret;
}

async function readSecretText(
  terminal: Terminal,
  { file, question, mayAsk }: { file: string | undefined; question: string; mayAsk: boolean },
): Promise<string> {
  if (file !== undefined && file !== '-') return await readTextFile(file);
  if (file === '-' || terminal.stdin.isTTY !== true) return await readAll(terminal);
  if (!canAsk(terminal, mayAsk))
    throw fail('E_USAGE', { detail: 'There is nobody to ask for the token; give it with --token-file.' });
  terminal.stderr.write(question);
  return await readLine(terminal, { isSecret: true });
}

/** Reads a text file. @throws MusterError E_FILE */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `The file ${path} cannot be read; check its path and permissions.`,
    });
  }
}

async function readAll({ stdin }: Terminal): Promise<string> {
  let text = '';
  for await (const piece of stdin) {
    text += piece.toString();
    if (text.length > MAX_ANSWER_CHARS) break;
  }
  return text;
}

/** Asks for a secret without echo; what is typed may hold spaces. @throws MusterError E_CONFIRM after Ctrl-C */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
  terminal.stderr.write(safeText(question));
  return await readLine(terminal, { isSecret: true });
}

const ENTER = /[\r\n]/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ERASE = /[\u0008\u007f]/;

/** One typed line. A secret is read key by key in raw mode, because the terminal itself would echo it. */
function readLine({ stdin, stderr }: Terminal, { isSecret }: { isSecret: boolean }): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const finish = (settle: () => void) => {
      stdin.off('data', onData);
      if (isSecret) {
        stdin.setRawMode?.(false);
        stderr.write('\n');
      }
      stdin.pause();
      settle();
    };
    const onData = (piece: Buffer) => {
      for (const key of piece.toString('utf8')) {
        if (key === CTRL_C) return finish(() => reject(fail('E_CONFIRM', { detail: 'Nothing was done.' })));
        if (ENTER.test(key) || key === CTRL_D || line.length >= MAX_ANSWER_CHARS)
          return finish(() => resolve(line));
        line = ERASE.test(key) ? line.slice(0, -1) : line + key;
      }
    };
    if (isSecret) stdin.setRawMode?.(true);
    stdin.on('data', onData);
    stdin.resume();
  });
}
