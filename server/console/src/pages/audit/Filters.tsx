// What narrows the audit; all of it stands in the address.
import { Group, Select, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useText } from '../../app/text.ts';
import type { SetSearch } from '../../parts/search-state.ts';
import type { AuditSearch } from './search.ts';
import { text } from './text.ts';

interface Props {
  readonly search: AuditSearch;
  readonly onChange: SetSearch<AuditSearch>;
}

export function Filters({ search, onChange }: Props) {
  const say = useText(text);
  return (
    <Group gap="xs" align="flex-end" role="search">
      {(['act', 'actor', 'subject'] as const).map((name) => (
        <Typed
          key={name}
          label={say(name)}
          placeholder={say(`${name}Help`)}
          value={search[name] ?? ''}
          onSubmit={(value) => onChange({ [name]: value === '' ? null : value })}
        />
      ))}
      <Select
        label={say('outcome')}
        w={124}
        allowDeselect={false}
        value={search.outcome ?? ''}
        data={[
          { value: '', label: say('any') },
          { value: 'done', label: say('done') },
          { value: 'refused', label: say('refused') },
        ]}
        onChange={(value) => onChange({ outcome: value === 'done' || value === 'refused' ? value : null })}
      />
      {(['from', 'to'] as const).map((name) => (
        <TextInput
          key={name}
          type="datetime-local"
          w={182}
          label={say(name)}
          value={toLocal(search[name])}
          onChange={(event) => onChange({ [name]: toInstant(event.currentTarget.value) })}
        />
      ))}
    </Group>
  );
}

/** Takes effect with Enter, or when one goes on. */
function Typed(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onSubmit: (value: string) => void;
}) {
  const { label, placeholder, value, onSubmit } = props;
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const submit = () => typed.trim() !== value && onSubmit(typed.trim());
  return (
    <TextInput
      w={164}
      label={label}
      placeholder={placeholder}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={submit}
      onKeyDown={(event) => event.key === 'Enter' && submit()}
    />
  );
}

/** Pure: the moment as the field wants it, in the reader's zone. */
function toLocal(instant: string | undefined): string {
  const ms = Date.parse(instant ?? '');
  if (Number.isNaN(ms)) return '';
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Pure: and back. */
function toInstant(local: string): string | null {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
