// The field in which a policy is written, as lines of its file.
import { Textarea } from '@mantine/core';
import { type RefObject, useEffect, useRef } from 'react';
import type { TextFault } from './read-text.ts';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly faults: readonly TextFault[];
  readonly onChange: (next: string) => void;
  /** Gets the function that leads to a place of the text. */
  readonly jump: RefObject<((at: number) => void) | null>;
}

export function Editor({ label, value, faults, onChange, jump }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    jump.current = (at) => {
      field.current?.focus();
      field.current?.setSelectionRange(at, at);
    };
  }, [jump]);
  return (
    <Textarea
      ref={field}
      label={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      aria-invalid={faults.length > 0}
      autosize
      minRows={12}
      maxRows={28}
      spellCheck={false}
      styles={{
        input: { fontFamily: 'var(--mantine-font-family-monospace)', whiteSpace: 'pre', overflowX: 'auto' },
      }}
    />
  );
}
