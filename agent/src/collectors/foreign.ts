// The same sections on macOS and Windows, from the probe's answers, since those systems keep no such files.
import {
  type Columns,
  cpuInfoSection,
  interfaceDetailsSection,
  memoryInfoSection,
  mountsSection,
  type Outcome,
  osVersionSection,
  type RowOf,
  type Section,
} from '@muster/protocol';
import type { AnyCollector, Collector } from './collector.ts';
import { HOUR_MS, MINUTE_MS } from './formats/attributes.ts';

/** Processors listed; the largest machines have 32. */
const MAX_SOCKETS = 64;

/** An answer of the probe, whose form is the library's and is believed in nothing. */
type Answer = Readonly<Record<string, unknown>>;

/** A text that says something; null for anything else. */
function text(answer: Answer, name: string): string | null {
  const value = answer[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** A whole number from 0 on; null for anything else. */
function count(answer: Answer, name: string): number | null {
  const value = answer[name];
  return typeof value === 'number' && Number.isSafeInteger(Math.round(value)) && value >= 0
    ? Math.round(value)
    : null;
}

/** A number that says something only above 0. */
function positive(answer: Answer, name: string): number | null {
  return count(answer, name) || null;
}

/** An object, or the objects of a list; none for anything else. */
function toAnswers(value: unknown): Answer[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one): one is Answer => typeof one === 'object' && one !== null);
}

function part(version: string | null, at: number): number | null {
  const number = version?.split('.')[at];
  return number !== undefined && /^\d{1,9}$/.test(number) ? Number(number) : null;
}

function toOsVersion(answer: Answer): RowOf<typeof osVersionSection>[] {
  const name = text(answer, 'distro');
  const platform = text(answer, 'platform');
  if (name === null || platform === null) return [];
  const version = text(answer, 'release');
  return [
    {
      name,
      version,
      major: part(version, 0),
      minor: part(version, 1),
      patch: part(version, 2),
      build: text(answer, 'build'),
      platform: platform.toLowerCase(),
      platform_like: null,
      codename: text(answer, 'codename'),
      arch: text(answer, 'arch'),
      variant: null,
      support_end: null,
    },
  ];
}

function toCpuInfo(answer: Answer): RowOf<typeof cpuInfoSection>[] {
  const sockets = Math.min(positive(answer, 'processors') ?? 1, MAX_SOCKETS);
  const logical = positive(answer, 'cores');
  if (logical === null) return [];
  const cores = positive(answer, 'physicalCores');
  const gigahertz = Number(answer.speedMax ?? answer.speed);
  // The answer is about all sockets together; machines with several have equal ones.
  return Array.from({ length: sockets }, (_, i) => ({
    device_id: `CPU${i}`,
    model: text(answer, 'brand'),
    manufacturer: text(answer, 'manufacturer'),
    number_of_cores: cores === null ? null : Math.round(cores / sockets),
    logical_processors: Math.round(logical / sockets),
    number_of_performance_cores: positive(answer, 'performanceCores'),
    number_of_efficiency_cores: positive(answer, 'efficiencyCores'),
    address_width: 64,
    max_clock_speed: gigahertz > 0 ? Math.round(gigahertz * 1000) : null,
    microcode: null,
  }));
}

function toMemoryInfo(answer: Answer): RowOf<typeof memoryInfoSection>[] {
  const total = positive(answer, 'totalBytes');
  if (total === null) return [];
  const swap = count(answer, 'swapBytes');
  return [
    { memory_total: total, swap_total: swap, numa_nodes: null, hugepages_total: null, hugepage_size: null },
  ];
}

function toMount(answer: Answer): RowOf<typeof mountsSection>[] {
  const path = text(answer, 'mount');
  const device = text(answer, 'fs');
  if (path === null || device === null) return [];
  const flags = answer.rw === false ? 'ro' : 'rw';
  return [
    {
      device,
      device_alias: null,
      path,
      type: text(answer, 'type') ?? '',
      flags,
      size: positive(answer, 'size'),
    },
  ];
}

function toInterface(answer: Answer): RowOf<typeof interfaceDetailsSection>[] {
  const name = text(answer, 'iface');
  if (name === null) return [];
  const type = answer.internal === true ? 'loopback' : answer.type === 'wireless' ? 'wifi' : 'ethernet';
  return [
    {
      interface: name,
      mac: text(answer, 'mac'),
      type: answer.internal !== true && answer.virtual === true ? 'virtual' : type,
      mtu: positive(answer, 'mtu'),
      flags: null,
      operstate: text(answer, 'operstate'),
      link_speed: positive(answer, 'speed'),
      duplex: text(answer, 'duplex'),
      driver: null,
      pci_slot: null,
      master: null,
    },
  ];
}

/** Collector that asks one question and makes rows of each object of the answer. */
function createForeign<C extends Columns>(
  section: Section<C>,
  question: string,
  toRows: (answer: Answer) => RowOf<Section<C>>[],
): Collector<C> {
  return {
    section,
    everyMs: HOUR_MS,
    timeoutMs: MINUTE_MS,
    async collect({ probe }): Promise<Outcome<RowOf<Section<C>>>> {
      if (probe === null) return { outcome: 'no-data', reason: 'The probe is not available here.' };
      const rows = toAnswers(await probe.ask(question)).flatMap(toRows);
      if (rows.length === 0) return { outcome: 'no-data', reason: 'The system says nothing about it.' };
      return { outcome: 'ok', rows };
    },
  };
}

/** Sections that have a collector of their own where the platform is not Linux. Not yet run on macOS or Windows. */
export const foreignCollectors: readonly AnyCollector[] = [
  createForeign(osVersionSection, 'os', toOsVersion),
  createForeign(cpuInfoSection, 'cpu', toCpuInfo),
  createForeign(memoryInfoSection, 'memory', toMemoryInfo),
  createForeign(mountsSection, 'disks', toMount),
  createForeign(interfaceDetailsSection, 'network', toInterface),
];

/** The collectors for a platform (`process.platform`): elsewhere than on Linux, the foreign ones replace those of their sections. */
export function chooseCollectors(
  platform: string,
  collectors: readonly AnyCollector[],
): readonly AnyCollector[] {
  if (platform === 'linux') return collectors;
  return collectors.map(
    (own) => foreignCollectors.find(({ section }) => section.name === own.section.name) ?? own,
  );
}
