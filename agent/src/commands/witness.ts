// `muster-agent witness`: what this device saw of the server's audit, and the end of an alarm by a person who knows why.
import { acceptShown, describeTestimony, readTestimony } from '../conversations/testimony.ts';
import { createStorage } from '../platform/storage.ts';
import type { CommandContext } from './command.ts';

/** Runs the command; returns 1 while there is an alarm. */
export async function runWitness({ line, config, print }: CommandContext): Promise<number> {
  const storage = createStorage(config.stateDir);
  if (line.flags.accept === true) {
    const isEnded = await acceptShown(storage);
    print(
      isEnded
        ? 'The alarm is ended; from here on this device goes by what it is shown now.'
        : 'There is no alarm.',
    );
    return 0;
  }
  const testimony = await readTestimony(storage);
  const lines = describeTestimony(testimony);
  print(lines.length === 0 ? 'This device has not seen a checkpoint yet.' : lines.join('\n'));
  return testimony.alarm === null ? 0 : 1;
}
