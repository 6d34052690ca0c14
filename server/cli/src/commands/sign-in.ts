// `muster login`, `logout` and `whoami`: which server this terminal is signed in to.
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { readSecret, readTextFile } from '../input/ask.ts';
import { type Profile, profilePath, saveProfile } from '../profile.ts';
import { createPrinter, readSharedFlags, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawSignIn } from '../views/trust.ts';

interface LoginOptions {
  readonly url: string;
  readonly caFile?: string;
  readonly tokenFile?: string;
}

/** The address of a server as it is kept. A token goes unencrypted only to this very machine. @throws MusterError E_USAGE */
function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    !/^\/?$/.test(url.pathname) ||
    url.search !== ''
  )
    throw fail('E_USAGE', { detail: 'The address of a server is written as https://muster.example:8443.' });
  if (url.username !== '' || url.password !== '')
    throw fail('E_USAGE', { detail: 'A name or a password does not belong into the address.' });
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLocal)
    throw fail('E_USAGE', {
      detail: 'Without TLS a token can be read on the way; the address must begin with https.',
    });
  return url.origin;
}

/** Registers `login`. */
export function registerLogin(program: Command, terminal: Terminal): void {
  program
    .command('login')
    .summary('sign this terminal in to a server')
    .description(
      'Signs in with an API token made on the server. The token is asked for, or read from a file or standard input, never a flag.',
    )
    .requiredOption('--url <url>', 'address of the server')
    .option(
      '--ca-file <file>',
      'certificate of the authority that vouches for the server: tls/ca.pem of its data folder',
    )
    .option('--token-file <file>', 'file with the token; - is standard input')
    .action(async (options: LoginOptions, command: Command) => {
      const flags = readSharedFlags(command);
      const url = parseServerUrl(options.url);
      const ca = options.caFile === undefined ? null : await readTextFile(options.caFile);
      if (ca !== null && !ca.includes('-----BEGIN CERTIFICATE-----'))
        throw fail('E_FILE', { detail: `The file ${options.caFile} holds no certificate in PEM form.` });
      const token = await readSecret(terminal, {
        file: options.tokenFile,
        question: 'Token: ',
        mayAsk: flags.mayAsk,
      });
      await signIn(terminal, { profile: { url, token, ca }, flags });
    });
}

/** Keeps the sign-in only when the server takes it. */
async function signIn(
  terminal: Terminal,
  { profile, flags }: { profile: Profile; flags: { json: boolean; mayAsk: boolean } },
): Promise<void> {
  const { createApi } = await import('../api/client.ts');
  const api = createApi(profile);
  try {
    const trust = await take(api.http.GET('/api/v1/trust'));
    const path = await saveProfile(terminal.env, profile);
    const printer = createPrinter(terminal, flags);
    if (flags.json) printer.print(trust, () => '');
    printer.note(`Signed in to ${profile.url}, organization ${trust.organization.name}. Kept in ${path}.`);
  } finally {
    await api.close();
  }
}

/** Registers `logout`. */
export function registerLogout(program: Command, terminal: Terminal): void {
  program
    .command('logout')
    .summary('forget the sign-in of this terminal')
    .description('Removes the sign-in file. The token itself stays valid until it expires.')
    .action(async (_options: unknown, command: Command) => {
      const path = profilePath(terminal.env);
      const printer = createPrinter(terminal, readSharedFlags(command));
      try {
        await rm(path);
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'))
          throw fail('E_FILE', {
            cause,
            detail: `The file ${path} cannot be removed; check its permissions.`,
          });
        printer.note('This terminal was not signed in.');
        return;
      }
      printer.note('Signed out. The token itself stays valid until it expires.');
    });
}

/** Registers `whoami`. */
export function registerWhoami(program: Command, terminal: Terminal): void {
  program
    .command('whoami')
    .alias('status')
    .summary('show server, sign-in and how far trust goes')
    .description('Shows which server this terminal is signed in to, and what is still soft about its trust.')
    .action((_options: unknown, command: Command) =>
      withSession(terminal, command, async ({ api, url, print }) => {
        const trust = await take(api.http.GET('/api/v1/trust'));
        const { person } = await take(api.http.GET('/api/v1/whoami'));
        const isFromFile = terminal.env.MUSTER_URL === undefined || terminal.env.MUSTER_TOKEN === undefined;
        const profile = isFromFile ? profilePath(terminal.env) : null;
        print(trust, (canvas) => drawSignIn(trust, { url, profile, person }, canvas));
      }),
    );
}
