// Labels as chips: removed by their cross (with undo), added and changed in a small form.
import { ActionIcon, Badge, Button, Group, Popover, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { DialogForm } from '../../parts/DialogForm.tsx';
import { showFailure } from '../../parts/show-failure.tsx';
import { showUndo } from '../../parts/show-undo.tsx';
import { keys } from './data.ts';
import { text } from './text.ts';
import type { Device } from './types.ts';

type LabelChange = Readonly<Record<string, string | null>>;

function useLabels({ id }: Device) {
  const queries = useQueryClient();
  return async (labels: LabelChange): Promise<void> => {
    const device = await take(
      api.PATCH('/api/v1/devices/{id}', { params: { path: { id } }, body: { labels } }),
    );
    queries.setQueryData([...keys.device(id), 'head'], device);
  };
}

export function Labels({ device }: { readonly device: Device }) {
  const say = useText(text);
  const may = useMay()('devices.write') && device.state !== 'retired';
  const change = useLabels(device);
  const labels = Object.entries(device.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));

  async function remove(key: string, value: string): Promise<void> {
    try {
      await change({ [key]: null });
      showUndo({
        done: say('labelRemoved', { key }),
        undo: say('undo'),
        onUndo: () => void change({ [key]: value }),
      });
    } catch (error) {
      showFailure(error);
    }
  }

  return (
    <Group gap={6} component="ul" m={0} p={0} aria-label={say('labels')}>
      {labels.map(([key, value]) => (
        <Badge
          key={key}
          component="li"
          variant="default"
          tt="none"
          fw={500}
          size="lg"
          radius="sm"
          rightSection={
            may ? (
              <ActionIcon
                size={24}
                variant="transparent"
                color="gray"
                aria-label={say('removeLabel', { key })}
                onClick={() => void remove(key, value)}
              >
                <IconX size={12} aria-hidden />
              </ActionIcon>
            ) : undefined
          }
        >
          {value === '' ? key : `${key} = ${value}`}
        </Badge>
      ))}
      {labels.length === 0 && (
        <Text size="sm" c="dimmed" component="li" style={{ listStyle: 'none' }}>
          {say('noLabels')}
        </Text>
      )}
      {may && <AddLabel onAdd={change} />}
    </Group>
  );
}

function AddLabel({ onAdd }: { readonly onAdd: (labels: LabelChange) => Promise<void> }) {
  const say = useText(text);
  const [isOpen, setOpen] = useState(false);
  return (
    <li style={{ listStyle: 'none' }}>
      <Popover opened={isOpen} onChange={setOpen} trapFocus position="bottom-start" withinPortal>
        <Popover.Target>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setOpen(!isOpen)}
          >
            {say('addLabel')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown maw={320}>
          <LabelForm onAdd={onAdd} onDone={() => setOpen(false)} />
        </Popover.Dropdown>
      </Popover>
    </li>
  );
}

function LabelForm({
  onAdd,
  onDone,
}: {
  readonly onAdd: (labels: LabelChange) => Promise<void>;
  readonly onDone: () => void;
}) {
  const say = useText(text);
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const add = useMutation({ mutationFn: onAdd, onSuccess: onDone });
  return (
    <DialogForm
      act={say('save')}
      isRight={/^[a-z][a-z0-9_.-]{0,62}$/.test(key)}
      sending={add}
      failed={say('labelFailed')}
      onSubmit={() => add.mutate({ [key]: value })}
      onClose={onDone}
    >
      <TextInput
        label={say('labelKey')}
        description={say('labelHint')}
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
        autoComplete="off"
        data-autofocus
      />
      <TextInput
        label={say('labelValue')}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        autoComplete="off"
        maxLength={128}
      />
    </DialogForm>
  );
}
