// A list of devices as `muster devices` and `muster find` have it: its options, its reading, and what is said of the rest.
import { type Command, Option } from 'commander';
import { type DeviceFilter, deviceSorts, listDevices } from '../api/find-device.ts';
import { collectPages } from '../api/pages.ts';
import { parseColumns } from '../input/words.ts';
import { beginningOf, formatCount } from '../output/count.ts';
import { withProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { type DeviceColumnName, deviceColumnNames } from '../views/device-list.ts';
import { type ListOptions, reading, wantedRows } from './options.ts';

/** What all lists of devices can be asked for. */
export interface DeviceRowOptions extends ListOptions {
  readonly columns?: DeviceColumnName[];
  readonly sort?: DeviceFilter['sort'];
}

/** Adds --sort and --columns. */
export function addDeviceRowOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--sort <order>', 'order; with - the other way round (default: hostname)').choices(
        deviceSorts,
      ),
    )
    .addOption(
      new Option('--columns <names>', `which columns, of ${deviceColumnNames.join(', ')}`).argParser(
        reading((text) => parseColumns(text, deviceColumnNames)),
      ),
    );
}

/** Reads as many as are wanted, with progress where all are. */
export function readDevices(
  session: Session,
  filter: DeviceFilter & { readonly fields?: string },
  options: ListOptions,
) {
  const collect = (onPage?: (rows: number) => void) =>
    collectPages((page) => listDevices(session.api, { ...filter, ...page }), {
      wanted: wantedRows(options),
      onPage,
    });
  return options.all === true
    ? withProgress(session.terminal, { title: 'Reading devices', thing: 'device' }, collect)
    : collect();
}

/** Says that there are more, and how many where the server knows. */
export function noteRest(
  session: Session,
  page: { readonly items: readonly unknown[]; readonly next: string | null; readonly count?: number | null },
): void {
  if (page.next === null) return;
  const all = typeof page.count === 'number' ? ` ${formatCount(page.count)}` : '';
  session.note(
    `${beginningOf(page.items.length, { word: 'first', thing: 'device' })}; --all shows all${all}.`,
  );
}
