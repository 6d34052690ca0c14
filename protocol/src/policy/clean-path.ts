// Paths in rules: one spelling of each, since two would be two items.
import type { WantedFault } from './rule-kind.ts';

/** An absolute path, as a rule's schema has it. */
export const pathSchema = {
  type: 'string',
  maxLength: 1024,
  pattern: '^/[^\\u0000-\\u001f\\u007f]{1,1023}$',
  patternErrorMessage: 'Write an absolute path: /etc/shadow.',
} as const;

/** `/etc/shadow` of `/etc//./x/../shadow`. Never above the root. */
export function cleanPath(path: string): string {
  const parts: string[] = []; // etc, shadow
  for (const part of path.split('/')) {
    if (part === '..')
      parts.pop(); // above the root is the root
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Another spelling is refused, not repaired: behind a symbolic link `..` leads elsewhere. */
export function findPathFaults(path: string): WantedFault[] {
  const meant = cleanPath(path); // /etc/shadow
  if (meant === path) return []; // as nearly all are
  return [
    { key: 'path', message: `Write the path without //, . and .. in it; perhaps "${meant}" is meant.` },
  ];
}
