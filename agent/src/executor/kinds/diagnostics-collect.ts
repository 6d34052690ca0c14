// diagnostics.collect: what a person would look at first, without secrets, within what a result may carry.
import type { KindArgs } from '@muster/protocol/commands';
import { redactText } from './diagnostics/redact.ts';
import { type Section, type Source, sections, sourceOf } from './diagnostics/sections.ts';
import type { InsideOutcome, Kind, KindContext } from './kind.ts';

/** The last `maxBytes` of a text, from the begin of a line on. */
function keepTail(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  const tail = new TextDecoder().decode(bytes.subarray(bytes.length - maxBytes + 16));
  return `… (cut)\n${tail.slice(tail.indexOf('\n') + 1)}`;
}

/** One that fails says so; the others still help. */
async function readSection({ title, maxBytes, read }: Section, source: Source): Promise<string> {
  let text: string;
  try {
    text = await read(source);
  } catch (error) {
    text = `(could not be read: ${error instanceof Error ? error.message : String(error)})`;
  }
  // Redacted before it is cut, so that no secret loses the name by which it is known.
  return `== ${title}\n${keepTail(redactText(text).trim(), maxBytes)}\n`;
}

async function collect(sinceMs: number, context: KindContext, stop: AbortSignal): Promise<InsideOutcome> {
  const source = sourceOf(context, sinceMs, stop);
  const parts: string[] = [];
  for (const section of sections) {
    if (stop.aborted) return { ok: false, summary: 'It was canceled.', output: parts.join('\n') };
    parts.push(await readSection(section, source));
  }
  return { ok: true, summary: `${sections.length} sections were collected.`, output: parts.join('\n') };
}

/** Collects what helps to find a fault. */
export const diagnosticsCollect: Kind<KindArgs<'diagnostics.collect'>> = {
  name: 'diagnostics.collect',
  check: async ({ sinceMs }, context) => ({
    state: 'act',
    summary: `Collect ${sections.map(({ title }) => title).join(', ')}.`,
    effect: { where: 'inside', run: (stop) => collect(sinceMs, context, stop), looksWide: true },
  }),
  verify: async () => null,
};
