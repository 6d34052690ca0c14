// A condition by choosing instead of writing; it makes the text of the language, which people learn on the way.
import { Button, Code, Select, Stack, TextInput } from '@mantine/core';
import { listFacts } from '@muster/protocol/language';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../../app/text.ts';
import { Help } from '../Help.tsx';
import { PopoverButton } from '../PopoverButton.tsx';
import { findFault } from './check.ts';
import { operators } from './complete.ts';
import { quote } from './conditions.ts';
import { text } from './text.ts';

const LABEL = 'label';

/** Pure: a condition of what was chosen. */
function buildCondition(fact: string, operator: string, value: string): string {
  const isLabel = fact.startsWith('label(');
  const type = isLabel ? 'string' : (listFacts().find(({ name }) => name === fact)?.type ?? 'string');
  if (operator === 'in') {
    const values = value.split(',').map((one) => quote(one.trim()));
    return `${fact} in [${values.join(', ')}]`;
  }
  if (/[a-z]/.test(operator)) return `${fact}.${operator}(${quote(value)})`;
  if (type === 'timestamp') return `${fact} ${operator} timestamp(${quote(value)})`;
  return `${fact} ${operator} ${type === 'string' ? quote(value) : value}`;
}

/** A button that opens the builder; `onAdd` gets a condition that is right. */
export function Builder({ onAdd }: { readonly onAdd: (condition: string) => void }) {
  const say = useText(text);
  return (
    <PopoverButton label={say('build')} icon={<IconPlus size={15} aria-hidden />}>
      {(close) => (
        <Form
          onAdd={(condition) => {
            onAdd(condition);
            close();
          }}
        />
      )}
    </PopoverButton>
  );
}

/** What the operators of the language are called. */
function useOperatorWords(): Readonly<Record<string, string>> {
  const say = useText(text);
  return {
    '==': say('is'),
    '!=': say('isNot'),
    startsWith: say('startsWith'),
    endsWith: say('endsWith'),
    contains: say('contains'),
    in: say('in'),
  };
}

function Form({ onAdd }: { readonly onAdd: (condition: string) => void }) {
  const say = useText(text);
  const words = useOperatorWords();
  const facts = listFacts();
  const [name, setName] = useState('os.family');
  const [key, setKey] = useState('');
  const [operator, setOperator] = useState('==');
  const [value, setValue] = useState('');
  const fact = facts.find((one) => one.name === name);
  const type = fact?.type ?? 'string';
  const condition = buildCondition(name === LABEL ? `label(${quote(key)})` : name, operator, value);
  const isRight = value !== '' && findFault(condition) === null;
  const closed = type === 'bool' ? ['true', 'false'] : fact?.values;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight) onAdd(condition);
      }}
    >
      <Stack gap="xs">
        <Select
          label={say('fact')}
          searchable
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
          description={fact?.description ?? say('labelDescription')}
          data={[{ value: LABEL, label: say('labelFact') }, ...facts.map((one) => one.name)]}
          value={name}
          onChange={(next) => {
            setName(next ?? 'os.family');
            setOperator(operators[facts.find((one) => one.name === next)?.type ?? 'string'][0] ?? '==');
            setValue('');
          }}
        />
        {name === LABEL && (
          <TextInput
            label={say('labelKey')}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        )}
        <Select
          label={say('operator')}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
          data={operators[type].map((one) => ({ value: one, label: words[one] ?? one }))}
          value={operator}
          onChange={(next) => setOperator(next ?? '==')}
        />
        {closed === undefined ? (
          <TextInput
            label={say('value')}
            placeholder={type === 'timestamp' ? '2026-01-31T00:00:00Z' : undefined}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
          />
        ) : (
          <Select
            label={say('value')}
            comboboxProps={{ withinPortal: false }}
            data={[...closed]}
            value={value === '' ? null : value}
            onChange={(next) => setValue(next ?? '')}
          />
        )}
        <Code block>{condition}</Code>
        <Button type="submit" disabled={!isRight}>
          {say('add')}
        </Button>
        <Help page="architecture/language#facts" />
      </Stack>
    </form>
  );
}
