// The list of readers: one line a subject.
import type { CreateReader, Reader, ReaderContext } from '../reader.ts';
import { createCpuReader } from './cpu.ts';
import { createDiskReader } from './disks.ts';
import { createFilesystemReader } from './filesystems.ts';
import { createLoadReader } from './load.ts';
import { createMemoryReader } from './memory.ts';
import { createNetworkReader } from './network.ts';
import { createOwnReader } from './own.ts';
import { createPressureReader } from './pressure.ts';
import { createProcessReader } from './processes.ts';
import { createTemperatureReader } from './temperatures.ts';

/** All readers, in the order in which their series appear. */
const readers = {
  cpu: createCpuReader,
  load: createLoadReader,
  memory: createMemoryReader,
  pressure: createPressureReader,
  processes: createProcessReader,
  disks: createDiskReader,
  filesystems: createFilesystemReader,
  network: createNetworkReader,
  temperatures: createTemperatureReader,
  own: createOwnReader,
} as const satisfies Readonly<Record<string, CreateReader>>;

/** Is told that a reader has a fault; it is left out from then on, the others go on. */
export type OnReaderFault = (name: string, error: unknown) => void;

/** Makes all readers over one table. `read` takes a sample into it; two sets never disturb each other's rates. */
export function createReaders(
  context: ReaderContext,
  onFault: OnReaderFault,
  list: Readonly<Record<string, CreateReader>> = readers,
): Reader {
  const running = new Map<string, Reader>(
    Object.entries(list).map(([name, create]) => [name, create(context)]),
  );
  return {
    read(moment) {
      context.table.begin(moment.atMs);
      for (const [name, reader] of running) {
        try {
          reader.read(moment);
        } catch (error) {
          running.delete(name);
          reader.close();
          onFault(name, error);
        }
      }
    },
    close() {
      for (const reader of running.values()) reader.close();
    },
  };
}
