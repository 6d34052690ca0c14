// Opens the palette; what is typed before its parts have come is kept for its field.
import { spotlight } from '@mantine/spotlight';

let isThere = false;
let typed = '';

function keep(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1) return;
  typed += event.key;
  event.preventDefault();
  event.stopPropagation();
}

/** Opens it; it may still be on its way. */
export function openPalette(): void {
  if (!isThere) window.addEventListener('keydown', keep, true);
  spotlight.open();
}

/** Called once the palette is there: what was typed until then. */
export function takeTyped(): string {
  isThere = true;
  window.removeEventListener('keydown', keep, true);
  const taken = typed;
  typed = '';
  return taken;
}
