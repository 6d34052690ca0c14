// Above a table: how many rows, which columns, how high, and all of it as a file.
import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Loader,
  Menu,
  Popover,
  Stack,
  Text,
  Tooltip,
} from '@mantine/core';
import { IconColumns3, IconDownload, IconLineHeight } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useText } from '../../app/text.ts';
import { useFormat } from '../format.ts';
import { showFailure } from '../show-failure.tsx';
import type { Column, Source } from './column.ts';
import { readAll, saveFile, toCsv, toJson } from './export.ts';
import { text } from './text.ts';

export interface ToolbarProps<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly shown: readonly Column<Row>[];
  readonly onShown: (ids: readonly string[] | null) => void;
  readonly source: Source<Row>;
  readonly sort: string | undefined;
  /** null: not known. */
  readonly count: number | null;
  readonly isRoomy: boolean;
  readonly onRoomy: (isRoomy: boolean) => void;
  readonly children?: ReactNode;
}

export function Toolbar<Row>(props: ToolbarProps<Row>) {
  const { count, isRoomy, onRoomy, children } = props;
  const say = useText(text);
  const format = useFormat();
  const density = isRoomy ? say('dense') : say('roomy');
  return (
    <Group justify="space-between" gap="xs" mb={6}>
      <Text size="sm" c="dimmed" aria-live="polite">
        {count === null ? say('counting') : say('rows', { count, shown: format.number(count) })}
      </Text>
      <Group gap={4}>
        {children}
        <ColumnChooser {...props} />
        <Tooltip label={density}>
          <ActionIcon variant="subtle" color="gray" onClick={() => onRoomy(!isRoomy)} aria-label={density}>
            <IconLineHeight size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <ExportMenu {...props} />
      </Group>
    </Group>
  );
}

function ColumnChooser<Row>({ columns, shown, onShown }: ToolbarProps<Row>) {
  const say = useText(text);
  const ids = shown.map(({ id }) => id);
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconColumns3 size={16} aria-hidden />}
        >
          {say('columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={6} mah={360} style={{ overflowY: 'auto' }}>
          {columns.map(({ id, header }) => (
            <Checkbox
              key={id}
              size="xs"
              label={header}
              checked={ids.includes(id)}
              disabled={ids.length === 1 && ids[0] === id}
              onChange={({ currentTarget: { checked } }) =>
                onShown(
                  columns.flatMap((column) =>
                    (column.id === id ? checked : ids.includes(column.id)) ? [column.id] : [],
                  ),
                )
              }
            />
          ))}
          <Button size="compact-xs" variant="subtle" onClick={() => onShown(null)}>
            {say('reset')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function ExportMenu<Row>({ name, shown, source, sort }: ToolbarProps<Row>) {
  const say = useText(text);
  const format = useFormat();
  const [read, setRead] = useState<number | null>(null);
  async function save(kind: 'csv' | 'json'): Promise<void> {
    setRead(0);
    try {
      const columns = shown.filter(({ value }) => value !== undefined);
      const rows = await readAll(source, { sort, signal: new AbortController().signal, told: setRead });
      if (kind === 'csv') saveFile(`${name}.csv`, toCsv(columns, rows), 'text/csv;charset=utf-8');
      else saveFile(`${name}.json`, toJson(columns, rows), 'application/json');
    } catch (error) {
      showFailure(error, say('exportFailed'));
    } finally {
      setRead(null);
    }
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          disabled={read !== null}
          leftSection={read === null ? <IconDownload size={16} aria-hidden /> : <Loader size={14} />}
        >
          {read === null ? say('export') : say('exporting', { count: format.number(read) })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save('csv')}>{say('csv')}</Menu.Item>
        <Menu.Item onClick={() => void save('json')}>{say('json')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
