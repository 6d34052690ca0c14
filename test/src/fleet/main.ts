// `pnpm fleet`: simulated devices against a real server, with a live line of what they do; stops by itself.
import { type Fleet, startFleet } from './fleet.ts';
import { pause } from './gate.ts';
import { FLEET_USAGE, type FleetOptions, readFleetOptions } from './options.ts';

/** Time between two live lines on a terminal, and elsewhere, ms. */
const TERMINAL_LINE_MS = 1_000;
const PLAIN_LINE_MS = 10_000;

function describe({ counts }: Fleet, { devices }: FleetOptions): string {
  const fault = counts.lastFault === '' ? '' : ` · last fault: ${counts.lastFault.slice(0, 60)}`;
  return [
    `${counts.online}/${devices} online`,
    `${counts.heartbeats} heartbeats`,
    `${counts.stored}/${counts.offers} inventories stored`,
    `${counts.acknowledged}/${counts.chunks} chunks acknowledged`,
    `${counts.sessions} sessions, ${counts.refused} refused, ${counts.failed} failed${fault}`,
  ].join(' · ');
}

/** Resolves when the time is over, or at Ctrl-C; a second Ctrl-C ends the process at once. */
function untilOver(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1_000);
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

async function run(options: FleetOptions): Promise<void> {
  const fleet = await startFleet(options);
  const { stderr } = process;
  const show = () => {
    const text = describe(fleet, options);
    stderr.write(stderr.isTTY ? `\r\u001b[2K${text.slice(0, stderr.columns - 1)}` : `${text}\n`);
  };
  const line = setInterval(show, stderr.isTTY ? TERMINAL_LINE_MS : PLAIN_LINE_MS);
  await untilOver(options.seconds);
  clearInterval(line);
  show();
  if (stderr.isTTY) stderr.write('\n');
  await Promise.race([fleet.stop(), pause(10_000)]);
  process.stdout.write(`${JSON.stringify(fleet.counts)}\n`);
}

try {
  const options = readFleetOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(FLEET_USAGE);
  else await run(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${FLEET_USAGE}`);
  process.exitCode = 2;
}
process.exit();
