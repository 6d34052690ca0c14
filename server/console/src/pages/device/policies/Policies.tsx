// Policies of a device: which set it holds, what they want of it and why, and which of them are not for it.
import { Box, Stack, Text, Title } from '@mantine/core';
import { useMay } from '../../../app/session.ts';
import { useText } from '../../../app/text.ts';
import { Empty } from '../../../parts/Empty.tsx';
import { Loaded } from '../../../parts/Loaded.tsx';
import { When } from '../../../parts/When.tsx';
import type { Device } from '../types.ts';
import { AbsentPolicies } from './Absent.tsx';
import { useJudged } from './data.ts';
import { HeldSet } from './Held.tsx';
import { Items } from './Items.tsx';
import { Standing } from './Standing.tsx';
import { Try } from './Try.tsx';
import { text } from './text.ts';

/** Needed to read policies and a device's facts. */
const needed = ['policies.read', 'inventory.read'] as const;

export function Policies({ device }: { readonly device: Device }) {
  const say = useText(text);
  const may = useMay();
  const missing = needed.find((permission) => !may(permission));
  return (
    <Stack gap="lg">
      <HeldSet device={device} />
      <Standing device={device} />
      {missing === undefined ? (
        <Wanted device={device} />
      ) : (
        <Empty title={say('wanted')} why={say('mayNot', { permission: missing })} />
      )}
      <Try device={device} />
    </Stack>
  );
}

function Wanted({ device }: { readonly device: Device }) {
  const say = useText(text);
  const judged = useJudged(device, say('broken'));
  return (
    <Box component="section" aria-label={say('wanted')}>
      <Title order={2} fz="md" mb={6}>
        {say('wanted')}
      </Title>
      <Loaded query={judged} failed={say('failed')} heightPx={240}>
        {(found) =>
          found.present.length + found.absent.length === 0 ? (
            <Empty
              title={say('noneTitle')}
              why={say('noneWhy')}
              action={{ label: say('policies'), to: '/policies' }}
            />
          ) : (
            <Stack gap="md">
              <Text size="sm" c="dimmed">
                {found.inventoryAt === null ? (
                  say('noInventory')
                ) : (
                  <>
                    {say('byInventory')} <When at={found.inventoryAt} />
                    {` · ${say('bySelf')}`}
                  </>
                )}
              </Text>
              <Items device={device} judged={found} />
              <AbsentPolicies absent={found.absent} />
            </Stack>
          )
        }
      </Loaded>
    </Box>
  );
}
