// For tests of policies: a device in a throw-away root with a real journal, and the cycles over what is wanted there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DenyRule } from '@muster/protocol/commands';
import { type ResolvedItem, type RuleKindName, ruleKinds } from '@muster/protocol/policy';
import { createDisk } from '../../../platform/disk.ts';
import type { Ended, KindContext, Program } from '../../kinds/kind.ts';
import { makeContext } from '../../kinds/testing/context.ts';
import { type CycleReport, type ItemReport, runPolicyCycle } from '../cycle.ts';
import type { LookTime } from '../looking.ts';
import { openMemory, type PolicyMemory } from '../memory.ts';
import { parseResolved } from '../resolved.ts';
import { runScript } from '../scripts.ts';
import type { PolicyMachine } from '../visit.ts';

/** What is wanted, as a file of policies has it: the kind, and its keys. */
export type Wish = { readonly [Kind in RuleKindName]?: object };

/** A wish through the door that files take. */
export function wish(written: Wish, mode: 'audit' | 'enforce' = 'enforce'): ResolvedItem {
  const [kind = '', wanted] = Object.entries(written)[0] ?? [];
  const [item] = parseResolved(JSON.stringify([{ kind, wanted, mode }]), 'test');
  if (item === undefined) throw new Error(`no wish: ${Object.keys(ruleKinds)}`);
  return item;
}

/** A device. */
export interface TestDevice {
  readonly root: string;
  /** Programs that were started since the last cycle began. */
  readonly programs: Program[];
  denyRules: readonly DenyRule[];
  /** Ms since 1970. */
  nowMs: number;
  isUnderWay: boolean;
  /** How long looks are waited for; undefined: as devices have it. */
  lookTime: LookTime | undefined;
  /** Instead of starting a program. */
  read: ((program: Program) => Promise<Ended>) | null;
  memory: PolicyMemory;
  readonly folder: string;
  cycle(...items: readonly ResolvedItem[]): Promise<CycleReport>;
  /** The same for one item, of which it gives the report. */
  one(item: ResolvedItem): Promise<ItemReport>;
  /** As after a crash: what is remembered is read anew. */
  restart(): Promise<void>;
}

function open(folder: string): Promise<PolicyMemory> {
  return openMemory({
    disk: createDisk(folder),
    pause: async () => {
      throw new Error('the disk is full');
    },
  });
}

/** Makes a device on that root; what it remembers goes with the test. */
export async function makeDevice(
  t: { teardown(work: () => Promise<void>): void },
  root: string,
  changes: Partial<KindContext> = {},
): Promise<TestDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-policy-'));
  const device: TestDevice = {
    ...{ root, folder, programs: [], denyRules: [], nowMs: Date.parse('2026-03-03T10:00:00Z') },
    ...{ isUnderWay: false, lookTime: undefined, read: null, memory: await open(folder) },
    async cycle(...items) {
      device.programs.length = 0;
      return runPolicyCycle(items, machineOf(device, changes));
    },
    async one(item) {
      const [report] = (await device.cycle(item)).items;
      if (report === undefined) throw new Error('no report');
      return report;
    },
    async restart() {
      await device.memory.close();
      device.memory = await open(folder);
    },
  };
  t.teardown(async () => {
    await device.memory.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return device;
}

function machineOf(device: TestDevice, changes: Partial<KindContext>): PolicyMachine {
  return {
    memory: device.memory,
    open(mark, reason) {
      const real = makeContext(device.root, { ...changes, now: () => device.nowMs });
      const asked = { ...real.asked, cmdId: mark, reason };
      return {
        ...real,
        asked,
        runScript: (script) =>
          runScript({ folder: device.folder, disk: createDisk(device.folder) }, script, asked),
        read(program) {
          device.programs.push(program);
          return (device.read ?? real.read)(program);
        },
      };
    },
    readDenyList: async () => device.denyRules,
    isUnderWay: async () => device.isUnderWay,
    now: () => device.nowMs,
    ...(device.lookTime === undefined ? {} : { lookTime: device.lookTime }),
  };
}
