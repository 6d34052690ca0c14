// The keys that work on every page.
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { openPalette } from './palette.ts';
import { shortcutsOpen } from './switches.ts';

/** Where a letter after `g` leads. */
const places: Readonly<Record<string, string>> = { h: '/', d: '/devices', j: '/jobs' };
/** The second letter must come within this time, ms. */
const CHORD_MS = 1_500;

/** Whether somebody is writing, so that letters are letters. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

function focusSearch(): void {
  const field = document.querySelector<HTMLElement>('[data-search]');
  if (field === null) openPalette();
  else field.focus();
}

/** Listens to them while the frame is shown. */
export function useKeys(): void {
  const navigate = useNavigate();
  const begunMs = useRef(0);
  // The palette opens wherever one is writing.
  useHotkeys([['mod+K', openPalette]], []);
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const place = Date.now() - begunMs.current < CHORD_MS ? places[event.key] : undefined;
      begunMs.current = event.key === 'g' ? Date.now() : 0;
      if (place !== undefined) void navigate({ to: place });
      else if (event.key === '?') shortcutsOpen.set(true);
      else if (event.key === '/') focusSearch();
      else return;
      event.preventDefault();
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}
