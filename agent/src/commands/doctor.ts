// `muster-agent doctor`: looks at everything between this device and its server, and says how to mend what is broken.
import { isMusterError, type TrustState } from '@muster/protocol';
import { loadTrust } from '../connection/connection.ts';
import { type Finding, failed, formatFinding, ok, skip, warn } from '../doctor/finding.ts';
import { checkDisk, checkPermissions } from '../doctor/place.ts';
import { checkName, checkPort, checkTls, parseTarget } from '../doctor/reach.ts';
import { type Greeting, judgeClock, judgeTrust, readGreeting } from '../doctor/server.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { systemClock } from '../platform/clock.ts';
import { createFiles } from '../platform/files.ts';
import { readLockHolder } from '../platform/instance-lock.ts';
import { createStorage, isSystemError } from '../platform/storage.ts';
import { readStatus } from '../status.ts';
import type { CommandContext } from './command.ts';
import { readServer } from './enroll.ts';

/** What this device remembers of its server. */
interface Known {
  /** null: not enrolled, or it cannot be read. */
  readonly url: string | null;
  readonly trust: TrustState | null;
  /** What is wrong with what it remembers; null: nothing. */
  readonly fault: Finding | null;
}

async function readKnown(stateDir: string): Promise<Known> {
  let url: string | null = null;
  try {
    const enrollment = await createStateFolder(createStorage(stateDir)).enrollment();
    if (enrollment === null) return { url, trust: null, fault: null };
    url = enrollment.serverUrl;
    return { url, trust: loadTrust(enrollment), fault: null };
  } catch (error) {
    if (isSystemError(error)) {
      const fix = `run this as the user of the agent, or as root, who may read ${stateDir}.`;
      return { url, trust: null, fault: failed('Trust', error.message, fix) };
    }
    if (!isMusterError(error)) throw error;
    const fix =
      'restore enrollment.json from a backup, or run "muster-agent unenroll --yes" and enroll again.';
    const said = `What this device remembers of its server does not hold: ${error.message}`;
    return { url, trust: null, fault: failed('Trust', said, fix) };
  }
}

/** Name, port and TLS in this order: what comes after the first that fails is not looked at. */
async function checkReach(url: string | null, proxyEndsTls: boolean): Promise<Finding[]> {
  const unknown = 'No server is known yet; name one with --server https://….';
  if (url === null) return (['DNS', 'TCP', 'TLS'] as const).map((check) => skip(check, unknown));
  const target = parseTarget(url);
  const steps = [
    ['DNS', () => checkName(target)],
    ['TCP', () => checkPort(target)],
    ['TLS', () => checkTls(target, proxyEndsTls)],
  ] as const;
  const findings: Finding[] = [];
  for (const [check, look] of steps) {
    const isOver = findings.some(({ verdict }) => verdict === 'fail');
    findings.push(isOver ? skip(check, 'Not looked at, since what comes before it fails.') : await look());
  }
  return findings;
}

/** What the running agent last wrote down. */
async function checkAgent(stateDir: string, isEnrolled: boolean): Promise<Finding> {
  if (!isEnrolled) {
    const fix = 'make a token with "muster tokens create", and run "muster-agent enroll".';
    return warn('Agent', 'This device is not enrolled.', fix);
  }
  const holder = await readLockHolder(stateDir);
  if (holder === null) {
    const fix = 'start it: systemctl start muster-agent, or "muster-agent run" by hand.';
    return warn('Agent', 'No agent runs.', fix);
  }
  const status = await readStatus(createStorage(stateDir));
  // What an earlier process wrote says nothing of the one that runs.
  const connection = status?.pid === holder ? status.connection : undefined;
  if (connection?.state === 'online') return ok('Agent', `It is online since ${connection.since}.`);
  if (connection?.state !== 'waiting') return ok('Agent', `It runs as process ${holder} and is connecting.`);
  const fix = `mend what fails above; if nothing does, see its log. It tries again at ${connection.retryAt}.`;
  return failed('Agent', `It runs and is not connected: ${connection.why}`, fix);
}

async function greet(
  url: string | null,
  reach: readonly Finding[],
  trust: Known['trust'],
): Promise<Greeting> {
  if (url === null) return { greeted: null, why: 'none is known yet.', isAsked: false };
  if (reach.some(({ verdict }) => verdict === 'fail'))
    return { greeted: null, why: 'it cannot be reached.', isAsked: false };
  return readGreeting(url, { trust, now: systemClock.now });
}

/** Runs the command; returns 0 when nothing fails, else 1. @throws MusterError E_USAGE for a --server that is no address */
export async function runDoctor({ line, config, print }: CommandContext): Promise<number> {
  const { stateDir, proxyEndsTls } = config;
  const known = await readKnown(stateDir);
  const url = line.flags.server === undefined ? known.url : readServer(line.flags);
  const reach = await checkReach(url, proxyEndsTls);
  const greeting = await greet(url, reach, known.trust);
  const files = createFiles();
  const findings = [
    ...reach,
    judgeClock(greeting),
    known.fault ?? judgeTrust(known.trust, greeting),
    await checkDisk(files, config),
    await checkPermissions(files, config),
    // Whose folder cannot be read says so above.
    ...(known.fault === null ? [await checkAgent(stateDir, known.url !== null)] : []),
  ];
  if (line.flags.json === true) print(JSON.stringify(findings, null, 2));
  else for (const finding of findings) print(formatFinding(finding));
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}
