// Which set of policies the device holds, as it said last, and in words why not the newest and what to do.
import { Box, Text, Title } from '@mantine/core';
import { useText } from '../../../app/text.ts';
import { useFormat } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/Loaded.tsx';
import { Status } from '../../../parts/Status.tsx';
import { When } from '../../../parts/When.tsx';
import type { Device } from '../types.ts';
import { type Held, useHeld } from './data.ts';
import { text } from './text.ts';

const codes = [
  'E_WITHHELD',
  'E_ROLLBACK',
  'E_NOKEY',
  'E_ROLE',
  'E_TRUST',
  'E_POLICY',
  'E_LIMIT',
  'E_STATE',
  'E_DISK_FULL',
] as const;
/** Codes of what is not as people signed it. */
const forged: readonly string[] = ['E_SIG', 'E_CANON', 'E_SCHEMA', 'E_SHAPE', 'E_B64', 'E_ORG', 'E_TYPE'];

export function HeldSet({ device }: { readonly device: Device }) {
  const say = useText(text);
  const held = useHeld(device);
  return (
    <Box component="section" aria-label={say('held')}>
      <Title order={2} fz="md" mb={6}>
        {say('held')}
      </Title>
      <Loaded query={held} failed={say('heldFailed')} heightPx={60}>
        {(found) => <Shown found={found} />}
      </Loaded>
    </Box>
  );
}

function Shown({ found }: { readonly found: Held }) {
  const say = useText(text);
  const { held, isCurrent, code, at } = found;
  if (at === null) return <Status isSentence tone="idle" word={say('neverSaid')} />;
  return (
    <>
      {held === null ? (
        <Status isSentence tone={code === null ? 'idle' : 'bad'} word={say('holdsNone')} />
      ) : (
        <Status
          isSentence
          tone={isCurrent ? 'good' : code === null ? 'busy' : 'warn'}
          word={say(isCurrent ? 'holdsCurrent' : 'holdsOther', {
            version: held.version,
            epoch: held.epoch,
            count: held.policies,
          })}
        />
      )}
      <Text size="xs" c="dimmed">
        {say('saidSo')} <When at={at} />
      </Text>
      {held !== null && held.unsigned > 0 && <Unsigned count={held.unsigned} />}
      {code !== null && <Code code={code} />}
    </>
  );
}

function Unsigned({ count }: { readonly count: number }) {
  const say = useText(text);
  const format = useFormat();
  return (
    <Text size="sm" mt={4}>
      {say('unsigned', { count, shown: format.number(count) })}
    </Text>
  );
}

/** Why it does not hold what it was shown last. */
function Code({ code }: { readonly code: string }) {
  const say = useText(text);
  const known = codes.find((one) => one === code);
  const why =
    known !== undefined ? say(`code/${known}`) : say(forged.includes(code) ? 'codeForged' : 'codeOther');
  return (
    <Text size="sm" mt={4}>
      {say('refuses', { code })} {why}
    </Text>
  );
}
