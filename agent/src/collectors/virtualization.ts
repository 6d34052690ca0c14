// Whether this is a virtual machine or a container, and whose.
import { type RowOf, virtualizationSection } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { HOUR_MS, readLine } from './formats/attributes.ts';

type Row = RowOf<typeof virtualizationSection>;

/** Beginnings of DMI texts, and whose virtual machines carry them. The first that fits wins. */
const DMI_MARKS: readonly (readonly [string, string])[] = [
  ['KVM', 'kvm'],
  ['OpenStack', 'kvm'],
  ['KubeVirt', 'kvm'],
  ['Amazon EC2', 'amazon'],
  ['Google', 'google'],
  ['DigitalOcean', 'kvm'],
  ['Hetzner', 'kvm'],
  ['Linode', 'kvm'],
  ['VMware', 'vmware'],
  ['VMW', 'vmware'],
  ['innotek GmbH', 'oracle'],
  ['VirtualBox', 'oracle'],
  ['Oracle Corporation', 'oracle'],
  ['Xen', 'xen'],
  ['Bochs', 'bochs'],
  ['Parallels', 'parallels'],
  ['BHYVE', 'bhyve'],
  ['Hyper-V', 'microsoft'],
  ['Apple Virtualization', 'apple'],
  ['Nutanix', 'kvm'],
  ['QEMU', 'kvm'],
];

/** Clock sources that only a guest has. */
const CLOCK_MARKS: readonly (readonly [string, string])[] = [
  ['kvm-clock', 'kvm'],
  ['hyperv_clocksource', 'microsoft'],
  ['xen', 'xen'],
];

/** What tells a virtual machine, each null when absent. */
export interface MachineMarks {
  /** Maker, model, board maker and BIOS maker of DMI. */
  readonly dmi: readonly string[];
  readonly cpuinfo: string | null;
  readonly clockSources: string | null;
  /** /sys/hypervisor/type, on Xen. */
  readonly hypervisorType: string | null;
  /** /proc/xen/capabilities: names control_d on the machine that hosts the others. */
  readonly xenCapabilities: string | null;
  /** `compatible` of the hypervisor node of a device tree. */
  readonly treeHypervisor: string | null;
}

/** What tells a container. */
export interface ContainerMarks {
  /** /run/systemd/container, written by the runtime. */
  readonly runtime: string | null;
  readonly hasDockerFile: boolean;
  /** /run/.containerenv, of podman. */
  readonly hasContainerFile: boolean;
  readonly cgroup: string | null;
  /** /proc/self/mountinfo: a container never has a whole disk as its root. */
  readonly mounts: string | null;
  readonly kernelRelease: string | null;
  readonly hasKubernetes: boolean;
}

function findMark(marks: readonly (readonly [string, string])[], texts: readonly string[]): string | null {
  return marks.find(([start]) => texts.some((text) => text.startsWith(start)))?.[1] ?? null;
}

/** Microsoft makes hardware too: only its virtual machines have this model name. */
function findDmiMark(dmi: readonly string[]): string | null {
  if (dmi.includes('Microsoft Corporation') && dmi.includes('Virtual Machine')) return 'microsoft';
  return findMark(DMI_MARKS, dmi);
}

/**
 * Rented bare machines carry the provider's name as well. On x86 the processor flag tells them apart, elsewhere the model.
 */
function isBareMachine({ cpuinfo, hypervisorType, dmi }: MachineMarks, hasFlag: boolean): boolean {
  const onX86 = /^flags\s*:/m.test(cpuinfo ?? '');
  return onX86 ? !hasFlag && hypervisorType === null : dmi.some((text) => text.endsWith('.metal'));
}

/** The hypervisor that a device tree names. */
function findTreeMark(tree: string | null): string | null {
  return ['kvm', 'xen'].find((name) => tree?.includes(name)) ?? null;
}

/** The hypervisor this runs under. `virtual` without a name: there is one that does not say which. */
export function parseMachine(marks: MachineMarks): { virtual: boolean; hypervisor: string | null } {
  const physical = { virtual: false, hypervisor: null };
  if (marks.xenCapabilities?.includes('control_d')) return physical;
  const flag = /^flags\s*:.*\bhypervisor\b/m.test(marks.cpuinfo ?? '');
  if (isBareMachine(marks, flag)) return physical;
  const clocks = marks.clockSources?.split(/\s+/) ?? [];
  const hypervisor =
    findDmiMark(marks.dmi) ??
    marks.hypervisorType ??
    findTreeMark(marks.treeHypervisor) ??
    findMark(CLOCK_MARKS, clocks);
  return { virtual: flag || hypervisor !== null, hypervisor };
}

/** True when `/` is the whole of a disk. An image that was started as a virtual machine keeps the marks of its runtime. */
function hasOwnDisk(mounts: string | null): boolean {
  return /^\d+ \d+ \d+:\d+ \/ \/ .* - \S+ \/dev\//m.test(mounts ?? '');
}

/** The container runtime; null outside containers, `unknown` where one is there and does not say its name. */
export function parseContainer(marks: ContainerMarks): string | null {
  if (marks.hasKubernetes) return 'kubernetes';
  if (marks.runtime !== null) return marks.runtime;
  if (marks.hasDockerFile && !hasOwnDisk(marks.mounts)) return 'docker';
  if (marks.hasContainerFile && !hasOwnDisk(marks.mounts)) return 'podman';
  if (/microsoft|wsl/i.test(marks.kernelRelease ?? '')) return 'wsl';
  const named = /\/(kubepods|docker|lxc|libpod)\b/.exec(marks.cgroup ?? '')?.[1];
  return named === undefined ? null : ({ kubepods: 'kubernetes', libpod: 'podman' }[named] ?? named);
}

async function readMachineMarks({ files }: CollectContext): Promise<MachineMarks> {
  const dmi: string[] = [];
  for (const name of ['sys_vendor', 'product_name', 'board_vendor', 'bios_vendor', 'product_version']) {
    const text = await readLine(files, `/sys/class/dmi/id/${name}`);
    if (text !== null) dmi.push(text);
  }
  return {
    dmi,
    // All processors are alike in this; the first block is enough.
    cpuinfo: await files.readText('/proc/cpuinfo', 8192),
    clockSources: await readLine(files, '/sys/devices/system/clocksource/clocksource0/available_clocksource'),
    hypervisorType: await readLine(files, '/sys/hypervisor/type'),
    xenCapabilities: await readLine(files, '/proc/xen/capabilities'),
    treeHypervisor: await files.readText('/sys/firmware/devicetree/base/hypervisor/compatible', 256),
  };
}

async function readContainerMarks({ files }: CollectContext): Promise<ContainerMarks> {
  const exists = async (path: string) => (await files.stat(path)) !== null;
  return {
    runtime: await readLine(files, '/run/systemd/container'),
    hasDockerFile: await exists('/.dockerenv'),
    hasContainerFile: await exists('/run/.containerenv'),
    cgroup: await files.readText('/proc/1/cgroup', 4096),
    mounts: await files.readText('/proc/self/mountinfo', 64 * 1024),
    kernelRelease: await readLine(files, '/proc/sys/kernel/osrelease'),
    hasKubernetes: await exists('/run/secrets/kubernetes.io/serviceaccount'),
  };
}

/** Section `virtualization`. */
export const virtualization: Collector<(typeof virtualizationSection)['columns']> = {
  section: virtualizationSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect(context) {
    const marks = await readMachineMarks(context);
    if (marks.cpuinfo === null) return { outcome: 'no-data', reason: '/proc/cpuinfo cannot be read.' };
    const machine = parseMachine(marks);
    const runtime = parseContainer(await readContainerMarks(context));
    const row: Row = {
      virtual_machine: machine.virtual,
      hypervisor: machine.hypervisor,
      container: runtime !== null,
      container_runtime: runtime,
    };
    return { outcome: 'ok', rows: [row] };
  },
};
