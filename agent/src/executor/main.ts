#!/usr/bin/env node
// The executor's program: serve (carry out commands), launch (listen where no service manager does), wrap (run one program), policy.
import { dirname, join } from 'node:path';
import { isMusterError } from '@muster/protocol';
import { parseCommandLine, readConfig } from '../commands/command-line.ts';
import { createDisk } from '../platform/disk.ts';
import { createFiles } from '../platform/files.ts';
import { readBootId } from '../platform/host.ts';
import { AGENT_VERSION } from '../version.ts';
import { createFailpoint, FAILPOINT_VARIABLE } from './failpoints.ts';
import { findKind } from './kinds/index.ts';
import { runHeldCycle } from './policy/held-cycle.ts';
import { runLocalPolicy } from './policy/local.ts';
import { runLaunch } from './service/launch.ts';
import { readProgramOutput } from './service/read-program.ts';
import { runServe } from './service/serve.ts';
import { runEffect } from './spool/effect.ts';
import { runWrapper } from './spool/wrapper.ts';
import { STOP_SIGNAL } from './units.ts';

const USAGE = `Carries out signed commands and looks after policies; started by the agent or by the service manager.

  muster-executor serve    carry out commands of the core that is connected
  muster-executor launch   listen on the executor's socket and start "serve" on demand
  muster-executor wrap DIR do the work of one attempt
  muster-executor cycle ID look once whether the policies that this device holds are met, and repair

For people with the rights of root, without any server; on an installed device "muster-executor" is
/usr/lib/muster/node /usr/lib/muster/muster-executor.cjs, and its folder is --executor-dir /var/lib/muster-executor:

  muster-executor policy check [FILE]  look whether it holds here; changes nothing
  muster-executor policy apply [FILE]  repair what does not hold and is to be enforced
    FILE                             what "muster policy resolve --json" prints for this device; absent: what the signed
                                     policies that this device holds want of it, as it resolved them itself
    --root FOLDER                    folder that stands for /, as that of an image; no program is started for it
    --json                           print all that is known of each item

  policy exits with 0 where everything holds (apply: in the end), and with 1 else.

Settings are those of muster-agent; see docs/configuration.md.
`;

/** Ends without a trace of how it ended: the machine goes down, and recovery decides by the class of the command. */
function endWithMachine(): void {
  process.exit(143);
}

async function wrap(folder: string): Promise<void> {
  const stop = new Promise<void>((resolve) => process.once(STOP_SIGNAL, () => resolve()));
  process.once('SIGTERM', endWithMachine);
  const bootId = await readBootId(createFiles());
  const contentFolder = join(dirname(dirname(folder)), 'content');
  const effects = { findKind, read: readProgramOutput, bootId, contentFolder };
  await runWrapper({
    disk: createDisk(folder),
    failpoint: createFailpoint(process.env[FAILPOINT_VARIABLE], () => process.kill(process.pid, 'SIGKILL')),
    bootId,
    contentFolder,
    runEffect: (work, stopping) => runEffect(work, effects, stopping),
    stop,
  });
}

async function main(): Promise<number> {
  const line = parseCommandLine(process.argv.slice(2));
  const [folder] = line.words;
  if (line.flags.version === true) {
    process.stdout.write(`${AGENT_VERSION}\n`);
    return 0;
  }
  if (line.command === 'wrap' && folder !== undefined) {
    await wrap(folder);
    return 0;
  }
  if (line.command === 'policy' && line.flags.help !== true)
    return runLocalPolicy(line, await readConfig(line, process.env));
  if (line.command === 'cycle' && folder !== undefined) {
    await runHeldCycle(await readConfig(line, process.env), folder);
    return 0;
  }
  if (line.command !== 'serve' && line.command !== 'launch') {
    process.stdout.write(USAGE);
    return line.flags.help === true ? 0 : 2;
  }
  const config = await readConfig(line, process.env);
  await (line.command === 'serve' ? runServe(config) : runLaunch(config));
  return 0;
}

main().then(
  // Timers of what is left must not keep it: everything that matters is on disk.
  (code) => process.exit(code),
  (error: unknown) => {
    const known = isMusterError(error) ? `${error.message} (${error.code})` : null;
    process.stderr.write(
      `${known ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
    );
    process.exit(known === null ? 70 : 1);
  },
);
