// The processors by socket, on x86, ARM and others.
import { cpuInfoSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { nameCore, nameImplementer } from './formats/arm-cores.ts';
import {
  countCpuList,
  HOUR_MS,
  parseInteger,
  parsePairs,
  readInteger,
  readLine,
} from './formats/attributes.ts';

type Row = RowOf<typeof cpuInfoSection>;

const CPU = '/sys/devices/system/cpu';
/** /proc/cpuinfo takes about 1.5 KB a processor; this is enough for 2,700 of them, bytes. */
const MAX_CPUINFO_BYTES = 4 * 1024 * 1024;

/** One logical processor: its block of /proc/cpuinfo, and what /sys adds where that is silent. */
export interface Processor {
  readonly id: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly socket: number | null;
  readonly core: string | null;
}

/** Facts about the machine that are not in /proc/cpuinfo. */
export interface CpuFacts {
  readonly performanceCpus: string | null;
  readonly efficiencyCpus: string | null;
  /** Highest clock of the first processor of each socket, kHz. */
  readonly maxKhz: ReadonlyMap<number, number>;
  readonly addressWidth: number | null;
}

/** Blocks of /proc/cpuinfo that describe a processor; the last block on a Raspberry Pi describes the board. */
export function parseProcessors(text: string): Processor[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const fields = parsePairs(block, ':');
    const id = parseInteger(fields.get('processor'));
    if (id === null) return [];
    const core = fields.get('core id');
    const die = fields.get('die id') ?? '0';
    return [
      { id, fields, socket: parseInteger(fields.get('physical id')), core: core ? `${die}.${core}` : null },
    ];
  });
}

/** Model for people; ARM processors are named by their kinds of cores, in the order in which they come. */
function nameModel(processors: readonly Processor[]): string | null {
  const names = new Set<string>();
  for (const { fields } of processors) {
    const implementer = Number(fields.get('CPU implementer'));
    const part = Number(fields.get('CPU part'));
    const written =
      fields.get('model name') ?? fields.get('cpu model') ?? fields.get('uarch') ?? fields.get('cpu');
    if (written) names.add(written.replace(/\s+/g, ' '));
    else if (Number.isInteger(implementer) && Number.isInteger(part)) names.add(nameCore(implementer, part));
  }
  return names.size === 0 ? null : [...names].join(', ');
}

function nameMaker(fields: ReadonlyMap<string, string>): string | null {
  const implementer = Number(fields.get('CPU implementer'));
  return fields.get('vendor_id') ?? (Number.isInteger(implementer) ? nameImplementer(implementer) : null);
}

/** Physical cores of a socket: what the system tells apart, else what the processor states of itself. */
function countCores(processors: readonly Processor[]): number | null {
  const cores = new Set(processors.map(({ core }) => core));
  if (!cores.has(null)) return cores.size;
  return parseInteger(processors[0]?.fields.get('cpu cores'));
}

/** Word size by the processor itself, on kernels before 6.1: long mode on x86, version 8 of the ARM architecture. */
function guessWidth(fields: ReadonlyMap<string, string>): number | null {
  return /\blm\b/.test(fields.get('flags') ?? '') || fields.get('CPU architecture') === '8' ? 64 : null;
}

/** One row a socket. */
export function summarizeSockets(processors: readonly Processor[], facts: CpuFacts): Row[] {
  const sockets = new Map<number, Processor[]>();
  for (const processor of processors) {
    const socket = processor.socket ?? 0;
    sockets.set(socket, [...(sockets.get(socket) ?? []), processor]);
  }
  const single = sockets.size === 1;
  return [...sockets].map(([socket, members]) => {
    const fields = members[0]?.fields ?? new Map<string, string>();
    const khz = facts.maxKhz.get(socket) ?? null;
    return {
      device_id: `CPU${socket}`,
      model: nameModel(members),
      manufacturer: nameMaker(fields),
      number_of_cores: countCores(members),
      logical_processors: members.length,
      number_of_performance_cores: single ? countCpuList(facts.performanceCpus) : null,
      number_of_efficiency_cores: single ? countCpuList(facts.efficiencyCpus) : null,
      address_width: facts.addressWidth ?? guessWidth(fields),
      max_clock_speed: khz === null ? null : Math.round(khz / 1000),
      microcode: fields.get('microcode') ?? null,
    };
  });
}

/** ARM and others say nothing of sockets and cores in /proc/cpuinfo; /sys does. */
async function readTopology({ files }: CollectContext, processor: Processor): Promise<Processor> {
  if (processor.socket !== null) return processor;
  const topology = `${CPU}/cpu${processor.id}/topology`;
  const socket = await readInteger(files, `${topology}/physical_package_id`);
  const core = await readLine(files, `${topology}/core_id`);
  const cluster = await readLine(files, `${topology}/cluster_id`);
  // -1 says "unknown"; ARM numbers cores anew in each cluster.
  return {
    ...processor,
    socket: socket === null || socket < 0 ? null : socket,
    core: core === null ? null : `${cluster ?? '0'}.${core}`,
  };
}

async function readFacts({ files }: CollectContext, processors: readonly Processor[]): Promise<CpuFacts> {
  const maxKhz = new Map<number, number>();
  for (const { id, socket } of processors) {
    if (maxKhz.has(socket ?? 0)) continue;
    const khz = await readInteger(files, `${CPU}/cpu${id}/cpufreq/cpuinfo_max_freq`);
    if (khz === null) break;
    maxKhz.set(socket ?? 0, khz);
  }
  const arch = await readLine(files, '/proc/sys/kernel/arch');
  return {
    performanceCpus: await readLine(files, '/sys/devices/cpu_core/cpus'),
    efficiencyCpus: await readLine(files, '/sys/devices/cpu_atom/cpus'),
    maxKhz,
    addressWidth: arch === null ? null : /64|s390x/.test(arch) ? 64 : 32,
  };
}

/** Section `cpu_info`. */
export const cpuInfo: Collector<(typeof cpuInfoSection)['columns']> = {
  section: cpuInfoSection,
  everyMs: HOUR_MS,
  timeoutMs: 10_000,
  // Old kernels interrupt every processor to answer /proc/cpuinfo; these two files say whether it can have changed.
  stamp: async ({ files }) =>
    `${await readLine(files, `${CPU}/online`)} ${await readLine(files, `${CPU}/cpu0/microcode/version`)}`,
  async collect(context) {
    const text = await context.files.readText('/proc/cpuinfo', MAX_CPUINFO_BYTES);
    const processors: Processor[] = [];
    for (const found of parseProcessors(text ?? '')) processors.push(await readTopology(context, found));
    if (processors.length === 0) return { outcome: 'no-data', reason: '/proc/cpuinfo lists no processors.' };
    return { outcome: 'ok', rows: summarizeSockets(processors, await readFacts(context, processors)) };
  },
};
