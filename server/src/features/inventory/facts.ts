// Picks the few values that lists of devices show out of a slice, once, when the slice is stored.
import type { SliceBody, Value } from '@muster/protocol';

/** A row by column name. */
export type NamedRow = Readonly<Record<string, Value>>;

/** Values of one slice for lists; which names there are depends on the section. */
export type Facts = Readonly<Record<string, Value>>;

/** A value of a row; null where it has no such column, whatever a device called its columns. */
export function cell(row: NamedRow | undefined, column: string): Value {
  return row !== undefined && Object.hasOwn(row, column) ? (row[column] ?? null) : null;
}

/** Rows of a body as objects. */
export function nameRows(body: Pick<SliceBody, 'columns' | 'rows'>): NamedRow[] {
  return body.rows.map((row) => Object.fromEntries(body.columns.map((name, at) => [name, row[at] ?? null])));
}

const readers: Readonly<Record<string, (rows: readonly NamedRow[]) => Facts>> = {
  os_version: ([row]) => ({
    osName: row?.name ?? null,
    osVersion: row?.version ?? null,
    osPlatform: row?.platform ?? null,
    arch: row?.arch ?? null,
  }),
  kernel_info: ([row]) => ({ kernel: row?.version ?? null, bootTime: row?.boot_time ?? null }),
  cpu_info: (rows) => ({
    cpuModel: rows[0]?.model ?? null,
    cpuSockets: rows.length,
    cpuThreads: sum(rows, 'logical_processors'),
  }),
  memory_info: ([row]) => ({ memoryBytes: row?.memory_total ?? null, swapBytes: row?.swap_total ?? null }),
  system_info: ([row]) => ({
    vendor: row?.hardware_vendor ?? null,
    model: row?.hardware_model ?? null,
    hostname: row?.hostname ?? null,
  }),
  virtualization: ([row]) => ({
    virtual: row === undefined ? null : row.virtual_machine === true || row.container === true,
  }),
  pending_reboot: ([row]) => ({ rebootRequired: row?.reboot_required ?? null }),
};

/** The section that says what a device calls itself, in the fact `hostname`. */
export const NAME_SECTION = 'system_info';

/** Sections whose slices have facts. */
export const FACT_SECTIONS: readonly string[] = Object.keys(readers);

/** Facts of a checked body; null for a section without any, or without rows. */
export function readFacts(body: SliceBody): Facts | null {
  const read = readers[body.section];
  return read === undefined || body.rows.length === 0 ? null : read(nameRows(body));
}

function sum(rows: readonly NamedRow[], column: string): number {
  return rows.reduce((total, row) => total + (typeof row[column] === 'number' ? row[column] : 0), 0);
}
