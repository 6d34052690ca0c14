// What the devices of a job have printed: equal outputs together, searchable, and what comes just now.
import { Button, Group, Paper, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { SetSearch } from '../../parts/search-state.ts';
import type { Job, OutputGroup } from '../../signing/api.ts';
import { GoLink } from '../../signing/Go.tsx';
import type { LiveOutput } from './live.ts';
import classes from './output.module.css';
import type { JobState } from './search.ts';
import { text } from './text.ts';

const EVERY_MS = 2_000;
const TYPING_MS = 250;
/** Lines of an output that are shown at first. */
const FIRST_LINES = 8;

interface Props {
  readonly job: Job;
  readonly state: JobState;
  readonly set: SetSearch<JobState>;
  readonly live: LiveOutput;
}

function useOutputs({ id, endedAt }: Job, q: string) {
  return useQuery({
    queryKey: ['outputs', id, q],
    queryFn: () => take(api.GET('/api/v1/jobs/{id}/outputs', { params: { path: { id }, query: { q } } })),
    placeholderData: keepPreviousData,
    refetchInterval: endedAt === null ? EVERY_MS : false,
  });
}

/** What is typed stands in the address a moment later. */
function useTyped(q: string, onQ: (q: string) => void) {
  const [typed, setTyped] = useState(q);
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address
  useEffect(() => {
    if (settled !== q) onQ(settled);
  }, [settled]);
  return [typed, setTyped] as const;
}

export function Outputs({ job, state, set, live }: Props) {
  const say = useText(text);
  const format = useFormat();
  const q = state.q ?? '';
  const [typed, setTyped] = useTyped(q, (next) => set({ q: next === '' ? null : next }, { replace: true }));
  const outputs = useOutputs(job, q);
  const { data } = outputs;
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <TextInput
          w={{ base: '100%', xs: 320 }}
          aria-label={say('search')}
          placeholder={say('search')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        {data !== undefined && (
          <Text size="sm" c="dimmed" aria-live="polite">
            {`${say('groups', { count: data.devices, shown: format.number(data.devices) })}, ${say('groupsOf', { count: data.outputs, shown: format.number(data.outputs) })}`}
          </Text>
        )}
      </Group>
      {outputs.isError && <Problem error={outputs.error} retry={() => void outputs.refetch()} />}
      {outputs.isPending && <Skeleton h={160} />}
      {data?.groups.map((group) => (
        <OutputOf key={group.outputSha256} group={group} />
      ))}
      {data?.groups.length === 0 && live.outputs.size === 0 && (
        <Empty
          title={q === '' ? say('nothingYet') : say('noHit')}
          why={q === '' ? say('nothingWhy') : say('noHitWhy')}
        />
      )}
      {job.endedAt === null && live.outputs.size > 0 && <Live live={live} />}
    </Stack>
  );
}

function OutputOf({ group }: { readonly group: OutputGroup }) {
  const say = useText(text);
  const format = useFormat();
  const [isOpen, { toggle }] = useDisclosure();
  const { devices, deviceId, hostname, outputSha256, sizeBytes, truncated } = group;
  const lines = group.text.split('\n');
  const isLong = lines.length > FIRST_LINES + 1;
  return (
    <Paper withBorder component="article">
      <Group justify="space-between" px="sm" py={6} wrap="nowrap">
        <Group gap="xs">
          <GoLink to="." search={{ tab: 'devices', output: outputSha256 }} inherit={false} size="sm" fw={600}>
            {say('same', { count: devices, shown: format.number(devices) })}
          </GoLink>
          <GoLink to="." search={{ run: deviceId }} keeps inherit={false} size="sm">
            {hostname}
          </GoLink>
          <Text size="xs" c="dimmed">
            {say('size', { size: format.bytes(sizeBytes) })}
          </Text>
        </Group>
        <CopyButton value={group.text} label={say('copyOutput')} />
      </Group>
      <pre className={classes.plain}>
        {isOpen || !isLong ? group.text : lines.slice(0, FIRST_LINES).join('\n')}
      </pre>
      <Group px="sm" pb={6} gap="xs">
        {isLong && (
          <Button size="compact-xs" variant="subtle" onClick={toggle} aria-expanded={isOpen}>
            {isOpen ? say('less') : say('more')}
          </Button>
        )}
        {truncated && (
          <Text size="xs" c="dimmed">
            {say('truncated')}
          </Text>
        )}
      </Group>
    </Paper>
  );
}

/** What comes just now, device by device. */
function Live({ live }: { readonly live: LiveOutput }) {
  const say = useText(text);
  const format = useFormat();
  return (
    <section aria-label={say('live')}>
      <Title order={3} fz="sm" mb="xs">
        {say('live')}
      </Title>
      {live.dropped > 0 && (
        <Text size="sm" c="dimmed">
          {say('dropped', { count: live.dropped, shown: format.number(live.dropped) })}
        </Text>
      )}
      <Stack gap="xs">
        {[...live.outputs].map(([deviceId, body]) => (
          <Paper key={deviceId} withBorder>
            <GoLink to="." search={{ run: deviceId }} keeps inherit={false} size="xs" px="sm">
              {deviceId}
            </GoLink>
            <pre className={classes.plain}>{body.split('\n').slice(-FIRST_LINES).join('\n')}</pre>
          </Paper>
        ))}
      </Stack>
    </section>
  );
}
