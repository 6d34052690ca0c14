// `muster-agent unenroll`: forgets the enrollment and the keys of this device, and what waits for its server.
import { createOutbox } from '../connection/outbox.ts';
import { DAMAGED_FOLDER, OUTBOX_FOLDER } from '../connection/outbox-log.ts';
import { WITNESS_FILE } from '../conversations/testimony.ts';
import { fail } from '../errors.ts';
import { executorFolder } from '../executor/service/folders.ts';
import { forgetDevice } from '../executor/service/identity.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { systemClock } from '../platform/clock.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import { createStorage, type Storage } from '../platform/storage.ts';
import { ALERT_FILE } from '../sampler/alert-file.ts';
import { STATUS_FILE } from '../status.ts';
import type { CommandContext } from './command.ts';

/**
 * Removes what was meant for that server only: messages that wait for it, alerts that it was told of, the state of its session.
 * Another server would take them for its own, or never hear of an alert that is open.
 */
async function dropMessages(storage: Storage): Promise<number> {
  const { waiting } = await createOutbox(storage, systemClock.now).load();
  for (const folder of [OUTBOX_FOLDER, DAMAGED_FOLDER])
    for (const name of await storage.list(folder)) await storage.remove(`${folder}/${name}`);
  for (const file of [ALERT_FILE, STATUS_FILE, WITNESS_FILE]) await storage.remove(file);
  return waiting;
}

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
    const storage = createStorage(config.stateDir);
    const folder = createStateFolder(storage);
    const enrollment = await folder.enrollment();
    if (enrollment === null) throw fail('E_NOT_ENROLLED');
    const dropped = await dropMessages(storage);
    await folder.forget();
    await forgetDevice(executorFolder(config), enrollment.deviceId);
    print(
      `Forgotten: ${enrollment.deviceId} at ${enrollment.serverUrl}. Retire it on the server with "muster devices retire ${enrollment.deviceId}".`,
    );
    print(
      `Messages that waited for that server were dropped (${dropped}); measurements stay in ${config.stateDir} for up to 30 days.`,
    );
  } finally {
    await release();
  }
}
