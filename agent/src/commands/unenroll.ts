// `muster-agent unenroll`: forgets the enrollment and the keys of this device.
import { fail } from '../errors.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import { createStorage } from '../platform/storage.ts';
import type { CommandContext } from './command.ts';

/** Runs the command. Measurements stay until their time is over; the server lists the device until an admin retires it. */
export async function runUnenroll({ line, config, print }: CommandContext): Promise<void> {
  if (line.flags.yes !== true) {
    throw fail('E_USAGE', {
      detail:
        'This removes the keys of this device, and the server will not know it any more; add --yes to do it.',
    });
  }
  const release = await acquireInstanceLock(config.stateDir);
  try {
    const folder = createStateFolder(createStorage(config.stateDir));
    const enrollment = await folder.enrollment();
    if (enrollment === null) throw fail('E_NOT_ENROLLED');
    await folder.forget();
    print(
      `Forgotten: ${enrollment.deviceId} at ${enrollment.serverUrl}. Retire it on the server with "muster devices retire ${enrollment.deviceId}".`,
    );
  } finally {
    await release();
  }
}
