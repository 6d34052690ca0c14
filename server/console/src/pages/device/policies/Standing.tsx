// What of its policies a device does not meet, as it says itself, each with the remedy that its rule names.
import { Anchor, Box, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useText } from '../../../app/text.ts';
import { useFormat } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/Loaded.tsx';
import { Status, type Tone } from '../../../parts/Status.tsx';
import { When } from '../../../parts/When.tsx';
import type { Device } from '../types.ts';
import { type Standing as Found, type StandingItem, useStanding } from './data.ts';
import { text } from './text.ts';

/** Items that are drawn; the command line lists all. */
const SHOWN = 50;

/** States that want somebody to look; the others are as wanted, or not wanted at all. */
const tones = {
  error: 'bad',
  drifted: 'warn',
  applying: 'busy',
  'not-reporting': 'warn',
} as const satisfies Partial<Record<StandingItem['state'], Tone>>;
type Failing = keyof typeof tones;

const isFailing = (state: StandingItem['state']): state is Failing => Object.hasOwn(tones, state);

export function Standing({ device }: { readonly device: Device }) {
  const say = useText(text);
  const standing = useStanding(device);
  return (
    <Box component="section" aria-label={say('standing')}>
      <Title order={2} fz="md" mb={6}>
        {say('standing')}
      </Title>
      <Loaded query={standing} failed={say('standingFailed')} heightPx={60}>
        {(found) => <Shown found={found} />}
      </Loaded>
    </Box>
  );
}

function Shown({ found }: { readonly found: Found }) {
  const say = useText(text);
  const format = useFormat();
  const { reportedAt, silentSince, items } = found;
  if (reportedAt === null) return <Status isSentence tone="idle" word={say('standsUnknown')} />;
  const failing = items.flatMap((one) => (isFailing(one.state) ? [{ ...one, state: one.state }] : []));
  return (
    <Stack gap={6}>
      {silentSince !== null && <Status isSentence tone="warn" word={say('silent')} />}
      {failing.length === 0 && <Status isSentence tone="good" word={say('standsWell')} />}
      <Text size="xs" c="dimmed">
        {say('saidSo')} <When at={reportedAt} />
      </Text>
      {failing.length > 0 && (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }} aria-label={say('standing')}>
          {failing.slice(0, SHOWN).map((one) => (
            <Line key={one.item} one={one} />
          ))}
        </Stack>
      )}
      {failing.length > SHOWN && <Text size="sm">{say('standsMore', { shown: format.number(SHOWN) })}</Text>}
    </Stack>
  );
}

function Line({ one }: { readonly one: StandingItem & { readonly state: Failing } }) {
  const say = useText(text);
  const { item, state, since, found, wanted, code, reason, remediation, policy, rule } = one;
  return (
    <Box component="li" style={{ overflowWrap: 'anywhere' }}>
      <Text size="sm" fw={600} component="div">
        <Status tone={tones[state]} word={`${say(`state/${state}`)}: ${item}`} />
      </Text>
      <Text size="sm">{say('foundWanted', { found, wanted })}</Text>
      {code !== null && <Text size="sm">{`${reason} (${code})`}</Text>}
      {remediation !== null && remediation !== '' && (
        <Text size="sm">{say('remedy', { remedy: remediation })}</Text>
      )}
      <Text size="xs" c="dimmed">
        {say('since')} <When at={since} />
        {' · '}
        <Anchor component={Link} to={`/policies/${policy}`} size="xs" underline="always">
          {`${policy}/${rule}`}
        </Anchor>
      </Text>
    </Box>
  );
}
