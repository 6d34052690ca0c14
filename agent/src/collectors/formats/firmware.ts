// Texts of the firmware (DMI, device tree): what is a name and what is only a placeholder.

/** What boards ship with where a name should be; compared in lower case. */
const PLACEHOLDERS = new Set([
  '',
  '0',
  '0123456789',
  '1234567890',
  '123456789',
  'none',
  'null',
  'n/a',
  'na',
  'not specified',
  'not applicable',
  'not available',
  'unknown',
  'undefined',
  'invalid',
  'empty',
  'default string',
  'system manufacturer',
  'system product name',
  'system version',
  'system serial number',
  'base board serial number',
  'board manufacturer',
  'chassis serial number',
  'asset tag',
  'no asset tag',
  'no asset information',
  'sku',
  'type1sku0',
  'to be filled by o.e.m.',
  'to be filled by o.e.m',
  'o.e.m.',
  'oem',
]);

/** A firmware text without its blanks and the NUL that ends it; null when it is only a placeholder. */
export function cleanFirmwareText(text: string | null | undefined): string | null {
  const name = (text ?? '').split('\u0000', 1)[0]?.trim() ?? '';
  if (PLACEHOLDERS.has(name.toLowerCase()) || /^([0.x#*-])\1+$/i.test(name)) return null;
  return name;
}
