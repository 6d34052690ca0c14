// Names of ARM processor cores, which /proc/cpuinfo gives as numbers only.
//
// Numbers: MIDR_EL1 in the Arm Architecture Reference Manual, and the manuals of the cores.

/** Implementer byte → its name. */
const IMPLEMENTERS: Readonly<Record<number, string>> = {
  65: 'ARM',
  66: 'Broadcom',
  67: 'Cavium',
  70: 'Fujitsu',
  72: 'HiSilicon',
  78: 'NVIDIA',
  80: 'APM',
  81: 'Qualcomm',
  97: 'Apple',
  109: 'Microsoft',
  192: 'Ampere',
};

/** Implementer and part number → the core. */
const CORES: Readonly<Record<string, string>> = {
  '41-b76': 'ARM1176',
  '41-c07': 'Cortex-A7',
  '41-c09': 'Cortex-A9',
  '41-c0f': 'Cortex-A15',
  '41-d03': 'Cortex-A53',
  '41-d04': 'Cortex-A35',
  '41-d05': 'Cortex-A55',
  '41-d07': 'Cortex-A57',
  '41-d08': 'Cortex-A72',
  '41-d09': 'Cortex-A73',
  '41-d0a': 'Cortex-A75',
  '41-d0b': 'Cortex-A76',
  '41-d0c': 'Neoverse-N1',
  '41-d0d': 'Cortex-A77',
  '41-d40': 'Neoverse-V1',
  '41-d41': 'Cortex-A78',
  '41-d44': 'Cortex-X1',
  '41-d49': 'Neoverse-N2',
  '41-d4f': 'Neoverse-V2',
  '43-0af': 'ThunderX2',
  '46-001': 'A64FX',
  '48-d01': 'TaiShan v110',
  '50-000': 'X-Gene',
  '61-022': 'Icestorm (M1)',
  '61-023': 'Firestorm (M1)',
  '6d-d49': 'Azure Cobalt 100',
  'c0-ac3': 'Ampere-1',
  'c0-ac4': 'Ampere-1a',
};

/** Name of the implementer with that number; the number itself where it is unknown. */
export function nameImplementer(implementer: number): string {
  return IMPLEMENTERS[implementer] ?? `0x${implementer.toString(16)}`;
}

/** Name of a core; its numbers where it is unknown. */
export function nameCore(implementer: number, part: number): string {
  const name = CORES[`${implementer.toString(16)}-${part.toString(16).padStart(3, '0')}`];
  return name ?? `${nameImplementer(implementer)} part 0x${part.toString(16)}`;
}
