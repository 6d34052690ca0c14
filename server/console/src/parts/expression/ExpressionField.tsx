// A field for an expression over devices: completion from the fact catalog, faults in words while one types.
import { Combobox, Group, Text, TextInput, useCombobox } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useText } from '../../app/text.ts';
import { findFault, readTyped } from './check.ts';
import { putIn } from './complete.ts';
import { text } from './text.ts';
import { type Offer, useSuggestions } from './use-suggestions.ts';

interface Props {
  /** What is written; kept by whoever shows the field. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter: an expression that is right; a bare word has become a condition on the host name. */
  readonly onSubmit?: (expression: string) => void;
  /** Visible label; without it the field is called "Filter" for screen readers only. */
  readonly label?: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly rightSection?: ReactNode;
  /** The page's main search, to which the key `/` leads. */
  readonly isSearch?: boolean;
}

export function ExpressionField(props: Props) {
  const { value, onChange, onSubmit, label, description, placeholder, isSearch = false } = props;
  const say = useText(text);
  const field = useRef<HTMLInputElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [isTold, setTold] = useState(false);
  const [cursor, setCursor] = useState(0);
  const { dropdownOpened: isOpen, resetSelectedOption: onOther } = combobox;
  const offer = useSuggestions({ value, at: cursor, isOpen, onOther });
  const fault = isTold ? findFault(readTyped(value)) : null;

  function put(index: number): void {
    const suggestion = offer.suggestions[index];
    if (suggestion === undefined) return;
    const { expression, cursor: end } = putIn(value, cursor, suggestion);
    onChange(expression);
    setCursor(end);
    requestAnimationFrame(() => field.current?.setSelectionRange(end, end));
    combobox.resetSelectedOption();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || (combobox.dropdownOpened && combobox.getSelectedOptionIndex() >= 0)) return;
    event.preventDefault();
    event.stopPropagation();
    setTold(true);
    const expression = readTyped(value);
    if (findFault(expression) !== null) return;
    combobox.closeDropdown();
    onSubmit?.(expression);
  }

  return (
    <Combobox store={combobox} onOptionSubmit={(index) => put(Number(index))}>
      <Combobox.Target withExpandedAttribute>
        <TextInput
          ref={field}
          label={label}
          aria-label={label === undefined ? say('label') : undefined}
          description={description}
          placeholder={placeholder ?? say('placeholder')}
          {...(isSearch ? { 'data-search': true } : {})}
          leftSection={<IconFilter size={15} aria-hidden />}
          rightSection={props.rightSection}
          rightSectionWidth="auto"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="none"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={value}
          error={fault === null ? undefined : <Fault sentence={fault} />}
          onChange={(event) => {
            const { value: next, selectionStart } = event.currentTarget;
            onChange(next);
            setCursor(selectionStart ?? next.length);
            setTold(false);
            combobox.openDropdown();
          }}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={onKeyDown}
          onBlur={() => {
            combobox.closeDropdown();
            setTold(value.trim() !== '');
          }}
        />
      </Combobox.Target>
      <Suggestions {...offer} />
    </Combobox>
  );
}

function Suggestions({ suggestions, hasMore, error }: Offer) {
  const say = useText(text);
  const isEmpty = suggestions.length === 0;
  return (
    <Combobox.Dropdown hidden={isEmpty && error === null}>
      <Combobox.Options aria-label={say('suggestions')} mah={280} style={{ overflowY: 'auto' }}>
        {suggestions.map(({ value: piece, shown = piece, description: says }, index) => (
          <Combobox.Option value={String(index)} key={piece}>
            <Group gap="sm" wrap="nowrap" justify="space-between">
              <Text size="sm" ff="monospace" truncate maw="100%" style={{ flexShrink: 0 }}>
                {shown}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {says}
              </Text>
            </Group>
          </Combobox.Option>
        ))}
      </Combobox.Options>
      <Text component="div" role="status" size="xs" c="dimmed" px="sm">
        {error !== null && say('namesFailed', { why: error.message })}
        {error === null && hasMore && !isEmpty && say('namesMore')}
      </Text>
    </Combobox.Dropdown>
  );
}

/** The sentence, the line with its place, and a caret under the place. */
function Fault({ sentence }: { readonly sentence: string }) {
  return (
    <Text component="span" size="xs" ff="monospace" display="block" style={{ whiteSpace: 'pre-wrap' }}>
      {sentence}
    </Text>
  );
}
