// A moment: relative on screen, exact with its zone on hover, ticking.
import { useText } from '../app/text.ts';
import { useFormat } from './format.ts';
import { useNow } from './now.ts';
import { text } from './text.ts';

/** Younger than this is "just now", ms; clocks of server and browser differ. */
const JUST_NOW_MS = 5_000;

/** `at`: ISO text, ms since 1970, or null for never. `never` replaces the word for null. */
export function When({ at, never }: { readonly at: string | number | null; readonly never?: string }) {
  const say = useText(text);
  const format = useFormat();
  const nowMs = useNow();
  if (at === null) return <span>{never ?? say('never')}</span>;
  const atMs = typeof at === 'number' ? at : Date.parse(at);
  const isNow = Math.abs(nowMs - atMs) < JUST_NOW_MS;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={format.exact(atMs)}>
      {isNow ? say('now') : format.relative(atMs, nowMs)}
    </time>
  );
}
