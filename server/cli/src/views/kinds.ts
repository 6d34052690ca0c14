// Kinds of command and their parameters.
import { MAX_OUTPUT_BYTES } from '@muster/protocol/commands';
import { formatShortSpan } from '../input/moments.ts';
import type { Canvas } from '../output/canvas.ts';
import { formatJson } from '../output/safe-text.ts';
import { drawFacts, drawTable } from '../output/table.ts';
import { formatBytes } from '../output/units.ts';

/** A kind as it is shown. */
export interface KindView {
  readonly kind: string;
  readonly class: string;
  readonly description: string;
  readonly repeat: string;
  readonly changes: boolean;
  readonly stoppable: boolean;
  readonly parameters: readonly {
    readonly name: string;
    readonly form: string;
    readonly description: string;
    readonly default: unknown;
    readonly required: boolean;
  }[];
}

/** Draws the list. */
export function drawKinds(kinds: readonly KindView[], canvas: Canvas): string {
  return drawTable(
    [{ title: 'kind', whole: true }, { title: 'class' }, { title: 'parameters' }, { title: 'what it does' }],
    kinds.map((one) => [
      one.kind,
      { text: one.class, tone: one.class === 'destructive' ? 'bad' : 'plain' },
      one.parameters.map(({ name, required }) => (required ? name : `[${name}]`)).join(' '),
      one.description,
    ]),
    canvas,
  );
}

const repeats: Readonly<Record<string, string>> = {
  convergent: 'it runs again: doing it twice leads to the same',
  probeable: 'the device looks whether it took place, then runs it again or not',
  once: 'it waits for a person: muster run run.resolve',
};

function formatDefault(form: string, fallback: unknown): string {
  return form === 'span' && typeof fallback === 'number'
    ? formatShortSpan(fallback)
    : formatJson(fallback, 0);
}

/** Draws one kind. */
export function drawKind(kind: KindView, canvas: Canvas): string {
  const facts = drawFacts(
    [
      ['Kind', { text: kind.kind, tone: 'strong' }],
      ['', kind.description],
      ['Class', kind.class],
      ['Changes', kind.changes ? 'the device' : 'nothing; it only reads'],
      ['Interrupted', repeats[kind.repeat] ?? kind.repeat],
      [
        'Stopped',
        kind.stoppable ? 'by muster cancel and muster halt, also while it runs' : 'only before it starts',
      ],
      [
        'Output',
        kind.kind === 'script.run' ? `the last ${formatBytes(MAX_OUTPUT_BYTES)} of it are kept` : null,
      ],
    ],
    canvas,
  );
  if (kind.parameters.length === 0) return `${facts}\n\nIt takes no parameters.`;
  const table = drawTable(
    [{ title: 'parameter', asIs: true }, { title: 'form' }, { title: 'default' }, { title: 'what it is' }],
    kind.parameters.map(({ name, form, description, default: fallback, required }) => [
      name,
      form,
      required ? { text: 'must be given', tone: 'warn' } : formatDefault(form, fallback),
      description,
    ]),
    canvas,
  );
  return `${facts}\n\n${table}`;
}
