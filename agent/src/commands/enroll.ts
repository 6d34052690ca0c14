// `muster-agent enroll`: makes this device known to a server.
import { readFile } from 'node:fs/promises';
import { fingerprint, isMusterError } from '@muster/protocol';
import { RefusedError } from '../connection/opening.ts';
import { fail } from '../errors.ts';
import { nodeCrypto, rawPublicKey } from '../identity/crypto.ts';
import { enrollDevice } from '../identity/enroll.ts';
import { createStateFolder, type Enrollment } from '../identity/state-folder.ts';
import { parseToken } from '../identity/token.ts';
import { createFiles } from '../platform/files.ts';
import { readHostname, readPlatform } from '../platform/host.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import { createStorage } from '../platform/storage.ts';
import { ENROLL_RETRY_MS } from '../timing.ts';
import { AGENT_VERSION } from '../version.ts';
import type { CommandContext } from './command.ts';

/** Longest input in which a token is looked for, characters. */
const MAX_TOKEN_CHARS = 4096;
/** Times a busy or unreachable server is tried. */
const TRIES = 6;

/** First line of standard input. Never opened by name: where it is a socket, that fails. */
async function readFirstLine(say: (text: string) => void): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY) say('Paste the token and press Enter:');
  let text = '';
  stdin.setEncoding('utf8');
  for await (const piece of stdin) {
    text += piece;
    if (text.length > MAX_TOKEN_CHARS || text.trimStart().includes('\n')) break;
  }
  return text.trimStart().split('\n')[0] ?? '';
}

/** The token. It is no flag, because every user of a machine sees the arguments of its programs. */
async function readToken({ line, say }: CommandContext): Promise<string> {
  const file = line.flags['token-file'];
  if (typeof file !== 'string')
    throw fail('E_USAGE', {
      detail:
        'An enrollment needs --token-file with a file that holds the token, or with - for standard input; make a token with "muster tokens create".',
    });
  return file === '-' ? readFirstLine(say) : readFile(file, 'utf8');
}

/** The address of the server in --server. @throws MusterError E_USAGE when it is none */
export function readServer(flags: CommandContext['line']['flags']): string {
  const { server } = flags;
  const url = typeof server === 'string' && URL.canParse(server) ? new URL(server) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw fail('E_USAGE', {
      detail: 'Name the server by --server with its address, such as https://muster.example:8443.',
    });
  }
  return url.origin;
}

function isPassing(error: unknown): boolean {
  return (
    (error instanceof RefusedError && error.code === 'E_BUSY') || (isMusterError(error) && error.retryable)
  );
}

async function enrollPatiently(
  request: Parameters<typeof enrollDevice>[0],
  say: (text: string) => void,
): Promise<Enrollment> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await enrollDevice(request);
    } catch (error) {
      if (left === 0 || !isPassing(error)) throw error;
      say(
        `${error instanceof Error ? error.message : 'The server did not answer.'} Trying again in ${ENROLL_RETRY_MS / 1000} s.`,
      );
      await new Promise((resolve) => setTimeout(resolve, ENROLL_RETRY_MS));
    }
  }
}

/** Runs the command. @throws MusterError E_ENROLLED, E_USAGE, E_RUNNING and those of the enrollment */
export async function runEnroll(context: CommandContext): Promise<void> {
  const { line, config, print, say } = context;
  const serverUrl = readServer(line.flags);
  const token = parseToken(await readToken(context));
  const release = await acquireInstanceLock(config.stateDir);
  try {
    const folder = createStateFolder(createStorage(config.stateDir));
    const before = await folder.enrollment();
    if (before !== null)
      throw fail('E_ENROLLED', {
        detail: `This device is enrolled already as ${before.deviceId} at ${before.serverUrl}; run muster-agent unenroll first to enroll it anew.`,
      });
    const keys = await folder.keys();
    const enrollment = await enrollPatiently(
      {
        serverUrl,
        token,
        keys,
        hostname: readHostname(),
        platform: await readPlatform(createFiles()),
        agentVersion: AGENT_VERSION,
        allowUnbound: config.proxyEndsTls,
      },
      say,
    );
    await folder.saveEnrollment(enrollment);
    print(`Enrolled as ${enrollment.deviceId} at ${serverUrl}.`);
    print(`Fingerprint: ${fingerprint(rawPublicKey(keys.device), nodeCrypto)}`);
    if (enrollment.state === 'pending')
      print(
        'An admin must approve this device: compare the fingerprint with "muster devices --state pending".',
      );
    print('Start the agent with "muster-agent run".');
  } finally {
    await release();
  }
}
