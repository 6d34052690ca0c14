// Where executor and core find each other: the folder and the flags by the settings, and how the executor's program is started.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AgentConfig, executorSocket } from '../../config.ts';

/** Says that descriptor 3 of an executor is a connection to the core that started it. */
export const CHILD_VARIABLE = 'MUSTER_EXECUTOR_CHILD';

/** Folder of the executor. */
export function executorFolder({ executorDir, stateDir }: AgentConfig): string {
  return executorDir === '' ? join(stateDir, 'executor') : executorDir;
}

/** V8 takes no code that was compiled ahead without this flag. */
const NO_EVAL = '--disallow-code-generation-from-strings';
/** Flags that hold for the executor too. Those that keep a resident agent small do not: a process that lives a minute gets slow by them. */
const hardening = new Set(['--disable-proto=throw', NO_EVAL]);

/** The runtime and the executor's program, which lies beside the running one: bundled as one file, or as source and compiled. */
export function executorProgram(): string[] {
  const own = process.argv[1] ?? '';
  const folder = dirname(own);
  if (own.endsWith('.cjs')) {
    const flags = process.execArgv.filter((flag) => hardening.has(flag));
    const start = join(folder, 'muster-executor.start.cjs');
    const isQuick = !flags.includes(NO_EVAL) && existsSync(start);
    return [process.execPath, ...flags, isQuick ? start : join(folder, 'muster-executor.cjs')];
  }
  const name = `main${own.endsWith('.ts') ? '.ts' : '.js'}`;
  const isExecutor = folder.endsWith('executor');
  return [process.execPath, ...process.execArgv, join(folder, isExecutor ? name : join('executor', name))];
}

/** The settings that core and executor share, as flags. */
export function settingFlags(config: AgentConfig): string[] {
  const { stateDir, logLevel, denyDir } = config;
  return [
    ...['--state-dir', stateDir, '--log-level', logLevel, '--deny-dir', denyDir],
    ...['--executor-dir', executorFolder(config), '--executor-socket', executorSocket(config)],
  ];
}
