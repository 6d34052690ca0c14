// Escapes that the kernel and udev use where a blank would end a word.

/** Octal escapes of /proc (`\040`) and hexadecimal ones of udev (`\x20`), undone; bytes above 127 are UTF-8. */
export function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  const pattern = /\\([0-7]{3})|\\x([0-9a-fA-F]{2})|[^\\]+|\\/g;
  for (const [part, octal, hex] of text.matchAll(pattern)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 255);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else for (const byte of new TextEncoder().encode(part)) bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
