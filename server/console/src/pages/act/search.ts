// What the address of the act page says: a kind with its parameters, and which devices are meant.
import { compact, searchText } from '../../parts/search-state.ts';

/** Ids or words that an address may hold; more are meant by an expression or a job. */
const MAX_WORDS = 1_000;

/** What the address says. One of `on`, `devices`, `job` with `states` names the devices. */
export interface ActState {
  readonly kind?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  readonly on?: string;
  readonly devices?: readonly string[];
  readonly job?: string;
  readonly states?: readonly string[];
}

/** A list, or words with a comma between. */
function words(value: unknown): readonly string[] | undefined {
  const list = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  const found = list.filter((one): one is string => typeof one === 'string' && one !== '');
  return found.length === 0 ? undefined : found.slice(0, MAX_WORDS);
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

/** Pure: what fits. */
export function actSearch(raw: Record<string, unknown>): ActState & Record<string, unknown> {
  return compact({
    kind: searchText(raw.kind),
    args: record(raw.args),
    reason: searchText(raw.reason),
    on: searchText(raw.on),
    devices: words(raw.devices),
    job: searchText(raw.job),
    states: words(raw.states),
  });
}
