// This device's own facts, read by the executor itself: what conditions of commands are judged on.
import { compileExpression, type DeviceValues, deriveFacts, type Facts } from '@muster/protocol/language';
import type { AnyCollector } from '../../collectors/collector.ts';
import { cpuInfo } from '../../collectors/cpu_info.ts';
import { kernelInfo } from '../../collectors/kernel_info.ts';
import { memoryInfo } from '../../collectors/memory_info.ts';
import { osVersion } from '../../collectors/os_version.ts';
import { systemInfo } from '../../collectors/system_info.ts';
import { virtualization } from '../../collectors/virtualization.ts';
import { createFiles } from '../../platform/files.ts';

/** Facts are read again after that, ms. */
const KEEP_MS = 600_000;
const sources: readonly AnyCollector[] = [
  cpuInfo,
  kernelInfo,
  memoryInfo,
  osVersion,
  systemInfo,
  virtualization,
];

/** The facts of now. */
export interface OwnFacts {
  /** Whether a condition holds. @throws MusterError E_EXPRESSION */
  holds(bound: string): boolean;
  /** All of them, for the resolver; labels and groups are not known here. */
  readonly facts: Facts;
}

async function readValues(): Promise<DeviceValues> {
  const context = { files: createFiles(), probe: null, now: () => Date.now() };
  const sections: Record<string, readonly Readonly<Record<string, string | number | boolean | null>>[]> = {};
  for (const { section, collect } of sources) {
    const [outcome] = await Promise.allSettled([collect(context)]);
    if (outcome.status === 'fulfilled' && outcome.value.outcome === 'ok')
      sections[section.name] = outcome.value.rows;
  }
  return deriveFacts(sections);
}

/** Makes the reader of facts; `open` gives those of the last minutes. */
export function createOwnFacts(deviceId: string, monotonic: () => number): { open(): Promise<OwnFacts> } {
  let readAt = 0;
  let reading: Promise<DeviceValues> | null = null;
  return {
    async open() {
      if (reading === null || monotonic() - readAt > KEEP_MS) {
        readAt = monotonic();
        reading = readValues();
      }
      const facts: Facts = { values: { ...(await reading), id: deviceId }, nowMs: Date.now() };
      return {
        facts,
        holds: (bound) =>
          compileExpression(bound, { for: 'device' }).evaluate({ ...facts, nowMs: Date.now() }),
      };
    },
  };
}
