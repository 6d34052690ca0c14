// The field in which a policy is written, as lines of its file, and beside it what may stand where one writes.
import { SimpleGrid, Textarea } from '@mantine/core';
import {
  type KeyboardEvent,
  type RefObject,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useText } from '../../app/text.ts';
import { Hints } from './Hints.tsx';
import { findHints, type Hint, indentAfter } from './hints.ts';
import type { TextFault } from './read-text.ts';
import { text } from './text.ts';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly faults: readonly TextFault[];
  readonly onChange: (next: string) => void;
  /** Gets the function that leads to a place of the text. */
  readonly jump: RefObject<((at: number) => void) | null>;
}

/** Writes as if it was typed, so that it can be undone as what was typed is. */
function type(field: HTMLTextAreaElement, words: string, from = field.selectionStart): void {
  field.focus();
  field.setSelectionRange(from, field.selectionEnd);
  // The only way that keeps a field's own undo; browsers that have given it up write it plainly.
  if (!document.execCommand('insertText', false, words)) {
    field.setRangeText(words, from, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

export function Editor({ label, value, faults, onChange, jump }: Props) {
  const say = useText(text);
  const field = useRef<HTMLTextAreaElement>(null);
  const beside = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState(0);
  useEffect(() => {
    jump.current = (at) => {
      field.current?.focus();
      field.current?.setSelectionRange(at, at);
      setCaret(at);
    };
  }, [jump]);
  const looked = useDeferredValue(value);
  const found = useMemo(() => findHints(looked, caret), [looked, caret]);
  const pick = ({ insert }: Hint) => {
    if (field.current !== null)
      type(field.current, insert, Math.min(found.from, field.current.selectionStart));
  };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Textarea
        ref={field}
        label={label}
        description={say('editorKeys')}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
        onKeyDown={(event) => press(event, beside.current)}
        aria-invalid={faults.length > 0}
        autosize
        minRows={12}
        maxRows={28}
        spellCheck={false}
        styles={{
          input: { fontFamily: 'var(--mantine-font-family-monospace)', whiteSpace: 'pre', overflowX: 'auto' },
        }}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the key leads back from the buttons in it */}
      <div
        ref={beside}
        onKeyDown={({ key }) => {
          if (key === 'Escape') field.current?.focus();
        }}
      >
        <Hints found={found} onPick={pick} />
      </div>
    </SimpleGrid>
  );
}

/** A new line begins as far in as it belongs; control and space lead to what may stand here. */
function press(event: KeyboardEvent<HTMLTextAreaElement>, beside: HTMLElement | null): void {
  const { key, ctrlKey, currentTarget } = event;
  const isPlain = !(
    ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.shiftKey ||
    event.nativeEvent.isComposing
  );
  if (key === ' ' && ctrlKey) {
    event.preventDefault();
    beside?.querySelector('button')?.focus();
  } else if (key === 'Enter' && isPlain) {
    event.preventDefault();
    type(currentTarget, `\n${indentAfter(currentTarget.value, currentTarget.selectionStart)}`);
  }
}
