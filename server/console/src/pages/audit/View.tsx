// The audit as a list with filters, and how to verify and export it.
import { Box, Button, Menu, Stack, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, proveAhead, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { showFailure } from '../../parts/show-failure.tsx';
import type { Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { useTrust } from '../../signing/me.ts';
import { type AuditEvent, readEvents, useColumns } from './columns.tsx';
import { Filters } from './Filters.tsx';
import { parseSearch } from './search.ts';
import { text } from './text.ts';

const none = { act: null, actor: null, subject: null, outcome: null, from: null, to: null } as const;
const HEIGHT = 'max(280px, 100dvh - 330px)';
const formats = [
  ['json', 'exportJson'],
  ['syslog', 'exportSyslog'],
  ['ocsf', 'exportOcsf'],
] as const;

export function View() {
  const say = useText(text);
  const [search, set] = useSearchState(parseSearch);
  const source = useMemo<Source<AuditEvent>>(
    () => ({ key: ['audit', search], load: (wish) => readEvents(search, wish) }),
    [search],
  );
  return (
    <Stack gap="md">
      <PageHead title={say('title')} docs="architecture/audit" actions={<Export />} />
      <Filters search={search} onChange={set} />
      {/* As high as it can be from the beginning on, so that what is below stays where it is. */}
      <Box mih={`calc(${HEIGHT} + 36px)`}>
        <DataTable
          name="audit"
          label={say('label')}
          columns={useColumns(set)}
          source={source}
          idOf={(row) => row.hash ?? `${row.at}${row.act}${row.requestId}`}
          nameOf={(row) => row.act}
          height={HEIGHT}
          empty={
            <Empty
              title={say('emptyTitle')}
              why={say('emptyWhy')}
              action={{ label: say('clear'), onClick: () => set(none) }}
              docs="architecture/audit"
            />
          }
        />
      </Box>
      <Verify />
    </Stack>
  );
}

/** The browser saves what the link answers, however long it is; it is followed once the server would take it. */
function Export() {
  const say = useText(text);
  async function download(format: string): Promise<void> {
    try {
      if (!(await proveAhead())) return;
      const link = document.createElement('a');
      link.href = `/api/v1/audit/export?format=${format}`;
      link.download = '';
      link.click();
    } catch (error) {
      showFailure(error, say('exportFailed'));
    }
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          {say('export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(([format, label]) => (
          <Menu.Item key={format} onClick={() => void download(format)}>
            {say(label)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Verify() {
  const say = useText(text);
  const format = useFormat();
  const trust = useTrust();
  const checkpoint = useQuery({
    queryKey: ['audit-checkpoint'],
    queryFn: () => take(api.GET('/api/v1/audit/checkpoint')),
    retry: false,
  });
  const hash = trust.data?.hash ?? '…';
  return (
    <Box component="section" maw={780}>
      <Title order={2} fz="md" mb={6}>
        {say('verify')}
      </Title>
      <Stack gap={6}>
        <Text size="sm">{say('verifyWhy')}</Text>
        {!checkpoint.isError && (
          <Text size="sm" mih={20}>
            {checkpoint.data !== undefined &&
              say('checkpoint', { count: format.number(checkpoint.data.size) })}
          </Text>
        )}
        <Text size="xs">{say('verifyExport')}</Text>
        <Command command={COMMANDS.export} />
        <Text size="xs">{say('verifyCheck')}</Text>
        <Command command={`${COMMANDS.verify} ${hash}`} />
      </Stack>
    </Box>
  );
}

const COMMANDS = {
  export: 'muster audit export --out audit.jsonl',
  verify: 'muster-verify audit.jsonl --trust-hash',
} as const;
