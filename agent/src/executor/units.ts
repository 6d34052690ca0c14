// Units: programs that outlive the executor. Started under systemd where that runs, else as sessions of their own.
import { stat } from 'node:fs/promises';
import {
  findByControlGroup,
  findByEnvironment,
  readStartTicks,
  signalProcess,
} from '../platform/process-table.ts';
import { startDetached } from '../platform/processes.ts';
import { FAILPOINT_VARIABLE } from './failpoints.ts';
import { type Claim, runMarks } from './spool/spool.ts';

/** systemd is the service manager when this folder is there, sd_booted(3). */
const SYSTEMD_FOLDER = '/run/systemd/system';
const SYSTEMD_RUN = '/usr/bin/systemd-run';
/** Asks a wrapper to end its program; SIGTERM means that the machine goes down, which is no order of anybody. */
export const STOP_SIGNAL = 'SIGUSR2';

/** What is done with units. */
export interface Units {
  /** Starts a wrapper for the folder of an attempt; gives its end, or null where a service manager starts it in its own time. */
  start(folder: string): Promise<{ readonly ended: Promise<void> | null }>;
  /** Asks the wrapper that took the attempt to end its program. */
  stop(claim: Claim): Promise<void>;
  /** True while the wrapper that took the attempt lives. */
  isAlive(claim: Claim): Promise<boolean>;
  /** Processes that a dead wrapper's program left in its session or unit. */
  findLeftovers(cmdId: string, child: number | null): Promise<number[]>;
  kill(pids: readonly number[]): void;
}

/** The device is part of it: a machine sees the units of the containers it runs. */
function unitPrefix(cmdId: string, deviceId: string): string {
  return `muster-run-${deviceId.replace(/^dev_/, '')}-${cmdId.replace(/^cmd_/, '')}`;
}

/** Name of the unit of an attempt, from the name of its folder. */
function unitName(folder: string, deviceId: string): string {
  const [cmdId = '', attempt = ''] = folder.split('/').at(-1)?.split('.') ?? [];
  return `${unitPrefix(cmdId, deviceId)}-${attempt}`;
}

async function isSystemd(): Promise<boolean> {
  return stat(SYSTEMD_FOLDER).then(
    () => true,
    () => false,
  );
}

async function startUnder(unit: string, program: readonly string[]): Promise<void> {
  const options = ['--collect', '--quiet', '--no-ask-password', `--unit=${unit}`];
  await startDetached(SYSTEMD_RUN, [...options, '--', ...program]);
}

/** Starts this very program with other words, so that it outlives this process; under systemd as a unit of that name, beside which no other can run. */
export async function startProgram(unit: string, program: readonly string[]): Promise<void> {
  const [file = process.execPath, ...args] = program;
  if (await isSystemd()) await startUnder(unit, program);
  else await startDetached(file, args);
}

/** Makes the units of this machine. `program` is how this very program is started: the runtime, then its arguments. */
export function createUnits(deps: {
  readonly program: readonly string[];
  readonly bootId: string;
  readonly deviceId: string;
  /** The failpoint that wrappers are to meet, for tests. */
  readonly failpoint?: string | undefined;
  /** Absolute path of a folder below the executor's. */
  at(folder: string): string;
}): Units {
  const { bootId, deviceId, program, at } = deps;
  const [file = process.execPath, ...args] = program;
  const env = deps.failpoint === undefined ? {} : { [FAILPOINT_VARIABLE]: deps.failpoint };

  async function isAlive({ pid, startTicks, bootId: boot }: Claim): Promise<boolean> {
    return pid > 0 && boot === bootId && (await readStartTicks(pid)) === startTicks;
  }

  return {
    isAlive,
    async start(folder) {
      const wrap = [...args, 'wrap', at(folder)];
      if (!(await isSystemd())) return startDetached(file, wrap, env);
      await startUnder(unitName(folder, deviceId), [file, ...wrap]);
      return { ended: null };
    },
    async stop(claim) {
      if (await isAlive(claim)) signalProcess(claim.pid, STOP_SIGNAL);
    },
    async findLeftovers(cmdId, child) {
      const inSession = await findByEnvironment(runMarks(cmdId, deviceId), child);
      const inUnit = await findByControlGroup(`/${unitPrefix(cmdId, deviceId)}-`);
      return [...new Set([...inSession, ...inUnit])];
    },
    kill(pids) {
      for (const pid of pids) signalProcess(pid, 'SIGKILL');
    },
  };
}
