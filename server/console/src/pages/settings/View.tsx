// The set-up of the server with a remedy for what is not well, and theme and language for oneself.
import {
  Anchor,
  Box,
  Button,
  Group,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title,
  useMantineColorScheme,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { languages, useLanguage, useText } from '../../app/text.ts';
import { type Format, useFormat } from '../../parts/format.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { text } from './text.ts';

export function View() {
  const say = useText(text);
  const may = useMay();
  return (
    <Stack gap="lg">
      <PageHead title={say('title')} docs="configuration" />
      {may('settings.read') ? (
        <Checks>
          <Look />
        </Checks>
      ) : (
        <Look />
      )}
    </Stack>
  );
}

function readChecks() {
  return take(api.GET('/api/v1/checks'));
}

type Check = Awaited<ReturnType<typeof readChecks>>['checks'][number];

/** `children`: what stands below, shown once it is known where that is. */
function Checks({ children }: { readonly children: ReactNode }) {
  const say = useText(text);
  const checks = useQuery({ queryKey: ['checks'], queryFn: readChecks });
  return (
    <>
      <Box component="section" maw={780}>
        <Group justify="space-between" mb="xs">
          <Title order={2} fz="md">
            {say('checks')}
          </Title>
          <Button
            size="compact-sm"
            variant="default"
            loading={checks.isFetching}
            onClick={() => void checks.refetch()}
          >
            {say('again')}
          </Button>
        </Group>
        {checks.isPending && <Skeleton h={200} />}
        {checks.isError && <Problem error={checks.error} what={say('checksFailed')} />}
        {checks.data !== undefined && (
          <>
            <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
              {checks.data.checks.map((check) => (
                <Line key={check.id} check={check} />
              ))}
            </Stack>
            <Text size="sm" c="dimmed" mt="md">
              {say('server', { version: checks.data.version })}
            </Text>
          </>
        )}
      </Box>
      {!checks.isPending && children}
    </>
  );
}

const tones = { good: 'good', warn: 'warn', bad: 'bad' } as const;
type Key = keyof typeof text.en;

/** Pure: true for words that there are. */
function isKey(key: string): key is Key {
  return Object.hasOwn(text.en, key);
}

function Line({ check }: { readonly check: Check }) {
  const say = useText(text);
  const format = useFormat();
  const { id, state, reason } = check;
  const value = readValue(check, format);
  const found = `${id}.${reason}`;
  const remedy = `${found}.remedy`;
  return (
    <Box component="li">
      <Group gap="md" align="flex-start" wrap="nowrap">
        <Box w={120} fz="sm" style={{ flexShrink: 0 }}>
          <Status tone={tones[state]} word={say(state)} />
        </Box>
        <Box>
          <Text size="sm" fw={600}>
            {say(id)}
          </Text>
          <Text size="sm">{isKey(found) ? say(found, { value }) : value}</Text>
          {isKey(remedy) && (
            <Text size="sm" c="dimmed">
              {`${say('remedy')}: `}
              {id === 'rootKey' ? (
                <Anchor component={Link} to="/trust" inherit>
                  {say(remedy)}
                </Anchor>
              ) : (
                say(remedy)
              )}
            </Text>
          )}
        </Box>
      </Group>
    </Box>
  );
}

/** Pure: what was measured, as people read it. */
function readValue({ id, reason, value }: Check, format: Format): string {
  if (id === 'disk') return format.bytes(Number(value));
  if (id === 'clock' && reason === 'agrees') return String(Math.abs(Number(value)));
  return shorten(value);
}

/** Pure: a moment as its day; anything else as it is. */
function shorten(value: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(value) ? value.slice(0, 10) : value;
}

function Look() {
  const say = useText(text);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { language, set } = useLanguage();
  return (
    <Box component="section">
      <Title order={2} fz="md" mb="xs">
        {say('look')}
      </Title>
      <Stack gap="sm" align="flex-start">
        <Box>
          <Text size="sm" mb={4}>
            {say('theme')}
          </Text>
          <SegmentedControl
            aria-label={say('theme')}
            value={colorScheme}
            data={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: say(value) }))}
            onChange={setColorScheme}
          />
        </Box>
        <Box>
          <Text size="sm" mb={4}>
            {say('language')}
          </Text>
          <SegmentedControl
            aria-label={say('language')}
            value={language}
            data={languages.map((value) => ({ value, label: say(value === 'de' ? 'german' : 'english') }))}
            onChange={set}
          />
        </Box>
      </Stack>
    </Box>
  );
}
