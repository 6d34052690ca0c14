// What every command works with: the signed-in API, where to print, and the flags that all commands share.
import { isMusterError } from '@muster/protocol';
import type { Command } from 'commander';
import type { Api } from './api/client.ts';
import { fail } from './errors.ts';
import { systemCode } from './failure.ts';
import type { Canvas } from './output/canvas.ts';
import { formatJson, safeText } from './output/safe-text.ts';
import { readProfile } from './profile.ts';
import { canvasOf, type Terminal } from './terminal.ts';

/** Flags of every command. */
export interface SharedFlags {
  readonly json: boolean;
  /** False: no question is asked, whoever sits there. */
  readonly mayAsk: boolean;
}

/** A command at work. */
export interface Printer extends SharedFlags {
  readonly terminal: Terminal;
  /** Prints data: with --json exactly what the API said, else the drawing. */
  print(data: unknown, draw: (canvas: Canvas) => string): void;
  /** Says something to the person, on standard error. */
  note(text: string): void;
}

/** A command at work on a server. */
export interface Session extends Printer {
  readonly api: Api;
  /** The server it is signed in to. */
  readonly url: string;
  /** Keys that lie beside the server of a quick start; null elsewhere. */
  readonly keyFolder: string | null;
}

/** Adds the flags that every command has. */
export function addSharedFlags(command: Command): Command {
  return command
    .option('--json', 'print the data of the API; a list as { items, next }')
    .option('--no-input', 'never ask, fail instead');
}

/** The shared flags, wherever in the line they stood: before the command or behind it. */
export function readSharedFlags(command: Command): SharedFlags {
  const chain: Command[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) chain.push(at);
  return {
    json: chain.some((part) => part.opts().json === true),
    mayAsk: chain.every((part) => part.opts().input !== false),
  };
}

/** Makes what a command prints with. */
export function createPrinter(terminal: Terminal, flags: SharedFlags): Printer {
  return {
    ...flags,
    terminal,
    print(data, draw) {
      const text = flags.json ? formatJson(data) : draw(canvasOf(terminal.stdout, terminal.env));
      if (text !== '') terminal.stdout.write(`${text}\n`);
    },
    note: (text) => void terminal.stderr.write(`${text.split('\n').map(safeText).join('\n')}\n`),
  };
}

/** Signs in, runs the command, and closes the connections whatever happened. */
export async function withSession(
  terminal: Terminal,
  command: Command,
  act: (session: Session) => Promise<void>,
): Promise<void> {
  const { api, url, keyFolder } = await openApi(terminal.env);
  try {
    await act({ ...createPrinter(terminal, readSharedFlags(command)), api, url, keyFolder });
  } finally {
    await api.close();
  }
}

/** The API of the sign-in of this terminal; a connection may take `connectTimeoutMs`, or as long as usual. @throws MusterError E_NOT_SIGNED_IN, E_PROFILE, E_FILE */
export async function openApi(
  env: NodeJS.ProcessEnv,
  connectTimeoutMs?: number,
): Promise<Pick<Session, 'api' | 'url' | 'keyFolder'>> {
  try {
    const profile = await readProfile(env);
    // Loaded only here: --help and completion need no client, and it is most of the start time.
    const { createApi } = await import('./api/client.ts');
    return {
      api: createApi(profile, connectTimeoutMs),
      url: profile.url,
      keyFolder: profile.keyFolder ?? null,
    };
  } catch (cause) {
    if (isMusterError(cause) || systemCode(cause) === undefined) throw cause;
    throw fail('E_FILE', {
      cause,
      detail: 'The file that MUSTER_CA_FILE names cannot be read; check its path.',
    });
  }
}
