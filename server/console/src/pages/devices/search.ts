// What of the list of devices stands in the address.
import { compact, searchChoice, searchText } from '../../parts/search-state.ts';

const sorts = ['hostname', '-hostname', 'id', '-id', 'seen', '-seen'] as const;

/** Order of a list of devices. */
export type DeviceSort = (typeof sorts)[number];

/** Filter, order and columns. */
export interface DevicesSearch {
  /** Expression; absent: all devices. */
  readonly on?: string;
  /** Id of a group whose members are shown; absent: all devices. */
  readonly group?: string;
  readonly sort?: DeviceSort;
  /** Ids of columns, separated by commas; absent: those shown at first. */
  readonly columns?: string;
  /** The dialog that enrolls a device is open. */
  readonly enroll?: 'true';
}

/** Pure: leaves out what does not fit. */
export function parseSearch(raw: Record<string, unknown>): DevicesSearch {
  return compact({
    on: searchText(raw.on),
    group: searchText(raw.group),
    sort: searchChoice(raw.sort, sorts),
    columns: searchText(raw.columns),
    enroll: searchChoice(searchText(raw.enroll), ['true']),
  });
}

/** Pure: the address of a list. */
export function devicesAt(on: string): string {
  return `/devices?on=${encodeURIComponent(on)}`;
}
