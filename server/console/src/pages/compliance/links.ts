// Addresses of the page of compliance.
import type { ComplianceSearch } from './search.ts';

/** Pure: where that is shown. */
export function addressOf(search: ComplianceSearch): string {
  const words = new URLSearchParams(Object.entries(search)).toString();
  return words === '' ? '/compliance' : `/compliance?${words}`;
}
