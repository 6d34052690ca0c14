// The few facts of a device that lists show, read for a page of devices at once.
import type { Value } from '@muster/protocol';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { cell, FACT_SECTIONS, type NamedRow } from './facts.ts';
import { MAX_SUMMARY_DEVICES } from './limits.ts';
import { readDeviceFacts, readPackageCounts } from './store-reads.ts';

/** Null: the device has not said. */
export interface DeviceSummary {
  readonly osName: string | null;
  readonly osVersion: string | null;
  readonly osPlatform: string | null;
  readonly arch: string | null;
  readonly kernel: string | null;
  readonly bootTime: string | null;
  readonly cpuModel: string | null;
  readonly cpuSockets: number | null;
  readonly cpuThreads: number | null;
  readonly memoryBytes: number | null;
  readonly swapBytes: number | null;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly virtual: boolean | null;
  readonly rebootRequired: boolean | null;
  readonly packages: number | null;
}

/** Summaries by device number, also of devices that have reported nothing. @throws MusterError E_RANGE over 1,000 devices. */
export async function readSummaries(
  sql: RawSql,
  tenant: number,
  idxs: readonly number[],
): Promise<Map<number, DeviceSummary>> {
  if (idxs.length > MAX_SUMMARY_DEVICES)
    throw fail('E_RANGE', { detail: `At most ${MAX_SUMMARY_DEVICES} devices can be summarized at once.` });
  const facts = await readDeviceFacts(sql, tenant, { idxs, sections: FACT_SECTIONS });
  const counts = new Map(
    (await readPackageCounts(sql, tenant, idxs)).map(({ idx, installed }) => [idx, installed]),
  );
  const merged = new Map<number, NamedRow>();
  for (const row of facts) merged.set(row.idx, { ...merged.get(row.idx), ...row.facts });
  return new Map(
    idxs.map((idx) => [idx, { ...toSummary(merged.get(idx)), packages: counts.get(idx) ?? null }]),
  );
}

function toSummary(facts: NamedRow | undefined): Omit<DeviceSummary, 'packages'> {
  return {
    osName: text(cell(facts, 'osName')),
    osVersion: text(cell(facts, 'osVersion')),
    osPlatform: text(cell(facts, 'osPlatform')),
    arch: text(cell(facts, 'arch')),
    kernel: text(cell(facts, 'kernel')),
    bootTime: text(cell(facts, 'bootTime')),
    cpuModel: text(cell(facts, 'cpuModel')),
    cpuSockets: number(cell(facts, 'cpuSockets')),
    cpuThreads: number(cell(facts, 'cpuThreads')),
    memoryBytes: number(cell(facts, 'memoryBytes')),
    swapBytes: number(cell(facts, 'swapBytes')),
    vendor: text(cell(facts, 'vendor')),
    model: text(cell(facts, 'model')),
    virtual: boolean(cell(facts, 'virtual')),
    rebootRequired: boolean(cell(facts, 'rebootRequired')),
  };
}

function text(value: Value): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: Value): number | null {
  return typeof value === 'number' ? value : null;
}

function boolean(value: Value): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
