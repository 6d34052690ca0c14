// The way by the command line: why it is needed, in plain words, and the exact line to copy.

import { Stack, Text } from '@mantine/core';
import type { ReadonlyTrust } from '@muster/protocol';
import { useText } from '../app/text.ts';
import { Command } from '../parts/Command.tsx';
import { OfferSignKey } from './SignKey.tsx';
import { text } from './text.ts';
import { listAble, type Way, type Wish } from './ways.ts';

interface Props {
  readonly way: Exclude<Way, { by: 'passkey' }>;
  readonly wish: Pick<Wish, 'role' | 'kind'>;
  readonly trust: ReadonlyTrust;
  readonly lines: readonly { readonly label: string; readonly line: string }[];
}

export function CliCommand({ way, wish, trust, lines }: Props) {
  const say = useText(text);
  const able = listAble(trust, wish);
  const isOthers = way.why === 'no-signer' || way.why === 'no-role';
  return (
    <Stack gap="xs">
      <Text size="sm">{say(`why/${way.why}`)}</Text>
      {way.by === 'cli' &&
        lines.map(({ label, line }) => (
          <Stack key={label} gap={2}>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Command command={line} />
          </Stack>
        ))}
      {isOthers && (
        <Text size="xs" c="dimmed">
          {say('able', { names: able.length === 0 ? say('nobody') : able.join(', ') })}
        </Text>
      )}
      {(way.why === 'no-passkey' || way.why === 'origin') && <OfferSignKey />}
    </Stack>
  );
}
