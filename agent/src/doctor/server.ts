// What the server itself says: its clock beside ours, and whether it is the one that this device trusts.
import { isMusterError, type TrustState } from '@muster/protocol';
import { describeFailure } from '../connection/connection.ts';
import { awaitHello, type Greeted } from '../connection/opening.ts';
import { connectSocket, requirePin } from '../connection/socket.ts';
import { MAX_AHEAD_MS } from '../executor/limits.ts';
import { CLOCK_TOLERANCE_MS } from '../timing.ts';
import { type Finding, failed, ok, skip, warn } from './finding.ts';

/** What the server said first, or why it said nothing. */
export type Greeting =
  | { readonly greeted: Greeted; readonly offsetMs: number }
  | { readonly greeted: null; readonly why: string; readonly isAsked: boolean };

/** Opens a socket as the agent does and hears the first message; nothing is proven, so a running agent keeps its session. */
export async function readGreeting(
  url: string,
  { trust, now }: { readonly trust: TrustState | null; now(): number },
): Promise<Greeting> {
  const socket = connectSocket(url, trust?.document.tlsPins.length === 0);
  try {
    const greeted = await awaitHello(socket);
    return { greeted, offsetMs: Date.parse(greeted.hello.at) - now() };
  } catch (error) {
    return { greeted: null, why: describeFailure(error).reason, isAsked: true };
  } finally {
    socket.terminate();
  }
}

const CLOCK_FIX = 'let the system set its clock: timedatectl set-ntp true (or start chronyd or ntpd).';

/** Clock: ours beside the server's. */
export function judgeClock(greeting: Greeting): Finding {
  if (greeting.greeted === null) return skip('Clock', `The server did not say the time: ${greeting.why}`);
  const { offsetMs } = greeting;
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  const said = `This clock is ${seconds} s ${offsetMs < 0 ? 'ahead of' : 'behind'} the server's.`;
  if (Math.abs(offsetMs) > MAX_AHEAD_MS) return failed('Clock', said, CLOCK_FIX);
  return Math.abs(offsetMs) > CLOCK_TOLERANCE_MS ? warn('Clock', said, CLOCK_FIX) : ok('Clock', said);
}

/** Trust: `trust` was verified from the hash of the token on, null before the enrollment; here the server is held against it. */
export function judgeTrust(trust: TrustState | null, greeting: Greeting): Finding {
  if (greeting.greeted === null && greeting.isAsked) {
    const fix = 'make sure that the address leads to Muster itself, and see the log of the server.';
    return failed('Trust', `The server does not begin a session: ${greeting.why}`, fix);
  }
  if (trust === null)
    return skip('Trust', 'Before the enrollment nothing is trusted; the token names the first document.');
  const { org, version } = trust.document;
  const named = `Trust document ${version} of ${org} holds`;
  if (greeting.greeted === null) return ok('Trust', `${named}; the server was not asked.`);
  const isPinned = greeting.greeted.transport.pins.length > 0 && trust.document.tlsPins.length > 0;
  const shown = isPinned ? ', and the server shows its key.' : '; no pinned key protects this connection.';
  return judgeServer(trust, greeting.greeted) ?? ok('Trust', `${named}${shown}`);
}

function judgeServer({ document }: TrustState, { hello, transport }: Greeted): Finding | null {
  if (hello.org !== document.org) {
    const said = `The server is of another organization (${hello.org}).`;
    return failed('Trust', said, 'correct what the name of the server leads to.');
  }
  // The newer document may pin another key; the agent verifies it before it judges.
  if (hello.trustVersion > document.version) {
    const said = `The server has trust document ${hello.trustVersion}, this device ${document.version}.`;
    return warn('Trust', said, 'start the agent: it fetches and verifies what it lacks.');
  }
  try {
    requirePin(transport, document.tlsPins);
    return null;
  } catch (error) {
    if (!isMusterError(error)) throw error;
    const fix =
      'something between this device and the server ends TLS (a proxy, a filter), or its key was changed without a new trust document.';
    return failed('Trust', error.message, fix);
  }
}
