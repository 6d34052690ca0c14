// One parameter of a kind as a field of the form.
import { NumberInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../../app/text.ts';
import { formatShortSpan, parseShortSpan } from '../../parts/format/short-span.ts';
import type { Field } from './fields.ts';
import { fieldText } from './text.ts';

export interface FieldProps {
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly isWrong: boolean;
}

interface Package {
  readonly name: string;
  readonly version: string;
}

/** Packages as words: `openssl`, `openssl=3.0.15-1`. */
function toWords(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((one: string | Package) => {
    if (typeof one === 'string') return one;
    return one.version === '' ? one.name : `${one.name}=${one.version}`;
  });
}

function toPackage(word: string): Package {
  const at = word.indexOf('=');
  return at < 0 ? { name: word, version: '' } : { name: word.slice(0, at), version: word.slice(at + 1) };
}

export function FieldInput(props: FieldProps) {
  const { field, value, onChange, isWrong } = props;
  const say = useText(fieldText);
  const { name, form, isNeeded } = field;
  const common = {
    label: say(`${name}/label`),
    description: say(`${name}/help`),
    required: isNeeded,
    withAsterisk: isNeeded,
    error: isWrong,
  };
  switch (form.is) {
    case 'choice':
      return (
        <Select
          {...common}
          data={[...form.choices]}
          value={String(value)}
          onChange={(next) => onChange(next ?? '')}
          allowDeselect={false}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...common}
          min={form.min}
          max={form.max}
          allowDecimal={false}
          value={typeof value === 'number' ? value : ''}
          onChange={(next) => onChange(typeof next === 'number' ? next : null)}
        />
      );
    case 'span':
      return <SpanInput {...props} />;
    case 'list':
    case 'packages':
      return (
        <TagsInput
          {...common}
          value={toWords(value)}
          splitChars={[',', ' ']}
          acceptValueOnBlur
          onChange={(next) => onChange(form.is === 'list' ? next : next.map(toPackage))}
        />
      );
    case 'long':
      return (
        <Textarea
          {...common}
          autosize
          maxRows={8}
          value={String(value)}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          value={String(value)}
          spellCheck={false}
          autoComplete="off"
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
  }
}

/** A length of time, written as 90s or 1h. */
function SpanInput({ field: { name, isNeeded }, value, onChange, isWrong }: FieldProps) {
  const say = useText(fieldText);
  const [typed, setTyped] = useState(typeof value === 'number' ? formatShortSpan(value) : '');
  return (
    <TextInput
      label={say(`${name}/label`)}
      description={say(`${name}/help`)}
      withAsterisk={isNeeded}
      error={isWrong || parseShortSpan(typed) === null}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        onChange(parseShortSpan(currentTarget.value));
      }}
    />
  );
}
