// What is signed with the bytes of a script or a file.
import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import type { ContentParameter } from '@muster/protocol/commands';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../../app/text.ts';
import { formatShortSpan, parseShortSpan } from '../../parts/format/short-span.ts';
import type { Chosen } from './add.ts';
import { text } from './text.ts';

interface Props {
  readonly chosen: Chosen;
  readonly onChange: (change: Partial<Chosen>) => void;
}

const interpreters = ['sh', 'bash', 'python3'] as const;
const types = ['string', 'integer', 'boolean'] as const;

/** `0,3` as exit codes; what is none is left out. */
function parseExits(typed: string): number[] {
  const codes = typed.split(',').map((one) => (/^\s*\d{1,3}\s*$/.test(one) ? Number(one) : 256));
  return [...new Set(codes.filter((code) => code <= 255))];
}

export function ScriptFields({ chosen, onChange }: Props) {
  const say = useText(text);
  const [timeout, setTimeoutText] = useState(formatShortSpan(chosen.timeoutMs));
  const [exits, setExits] = useState(chosen.okExits.join(','));
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <Select
          label={say('interpreter')}
          allowDeselect={false}
          data={interpreters}
          value={chosen.interpreter}
          onChange={(next) => onChange({ interpreter: interpreters.find((one) => one === next) ?? 'sh' })}
        />
        <TextInput
          label={say('timeout')}
          title={say('timeoutHelp')}
          value={timeout}
          error={parseShortSpan(timeout) === null}
          onChange={({ currentTarget }) => {
            setTimeoutText(currentTarget.value);
            const timeoutMs = parseShortSpan(currentTarget.value);
            if (timeoutMs !== null) onChange({ timeoutMs });
          }}
        />
        <TextInput
          label={say('okExits')}
          title={say('okExitsHelp')}
          value={exits}
          error={parseExits(exits).length === 0}
          onChange={({ currentTarget }) => {
            setExits(currentTarget.value);
            onChange({ okExits: parseExits(currentTarget.value) });
          }}
        />
      </SimpleGrid>
      <TagsInput
        label={say('runAs')}
        description={say('runAsHelp')}
        value={[...chosen.runAs]}
        acceptValueOnBlur
        onChange={(runAs) => onChange({ runAs })}
      />
      <Switch
        label={say('stdin')}
        checked={chosen.stdin}
        onChange={({ currentTarget }) => onChange({ stdin: currentTarget.checked })}
      />
      <Parameters parameters={chosen.parameters} onChange={(parameters) => onChange({ parameters })} />
    </>
  );
}

function Parameters({
  parameters,
  onChange,
}: {
  readonly parameters: readonly ContentParameter[];
  readonly onChange: (parameters: readonly ContentParameter[]) => void;
}) {
  const say = useText(text);
  const put = (at: number, part: Partial<ContentParameter>) =>
    onChange(parameters.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {say('params')}
      </Text>
      <Text size="xs" c="dimmed">
        {say('paramsHelp')}
      </Text>
      {parameters.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is typed
        <Group key={at} gap="xs" align="flex-end">
          <TextInput
            w={120}
            label={say('name')}
            value={one.name}
            onChange={({ currentTarget }) => put(at, { name: currentTarget.value })}
          />
          <Select
            w={110}
            label={say('type')}
            allowDeselect={false}
            data={types}
            value={one.type}
            onChange={(next) => put(at, { type: types.find((type) => type === next) ?? 'string' })}
          />
          <TextInput
            flex="1 1 120px"
            label={say('describe')}
            value={one.description}
            onChange={({ currentTarget }) => put(at, { description: currentTarget.value })}
          />
          <Checkbox
            mb={8}
            label={say('required')}
            checked={one.required}
            onChange={({ currentTarget }) => put(at, { required: currentTarget.checked })}
          />
          <ActionIcon
            mb={6}
            variant="subtle"
            color="gray"
            aria-label={say('removeParam', { name: one.name })}
            onClick={() => onChange(parameters.filter((_, index) => index !== at))}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <Button
        variant="default"
        size="compact-sm"
        w="fit-content"
        onClick={() =>
          onChange([...parameters, { name: '', type: 'string', required: false, description: '' }])
        }
      >
        {say('addParam')}
      </Button>
    </Stack>
  );
}

export function FileFields({ chosen, onChange }: Props) {
  const say = useText(text);
  return (
    <>
      <TextInput
        label={say('path')}
        withAsterisk
        value={chosen.path}
        onChange={({ currentTarget }) => onChange({ path: currentTarget.value })}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <TextInput
          label={say('mode')}
          value={chosen.mode}
          error={!/^0[0-7]{3}$/.test(chosen.mode)}
          onChange={({ currentTarget }) => onChange({ mode: currentTarget.value })}
        />
        <TextInput
          label={say('owner')}
          value={chosen.owner}
          onChange={({ currentTarget }) => onChange({ owner: currentTarget.value })}
        />
        <TextInput
          label={say('group')}
          value={chosen.group}
          onChange={({ currentTarget }) => onChange({ group: currentTarget.value })}
        />
      </SimpleGrid>
    </>
  );
}
