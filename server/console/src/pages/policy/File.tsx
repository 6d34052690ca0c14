// A policy as a file: what is signed is managed from files, so it is shown here and changed there.
import { Box, Code, Group, Stack, Text } from '@mantine/core';
import { toHex } from '../../api/decode-policy.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { CopyButton } from '../../parts/CopyButton.tsx';
import type { Revision } from '../policies/data.ts';
import { text } from './text.ts';

export function File({ revision: { yaml, source } }: { readonly revision: Revision }) {
  const say = useText(text);
  const hex = toHex(source);
  return (
    <Stack gap="md">
      <Box>
        <Text size="sm" fw={600}>
          {say('readOnly')}
        </Text>
        <Text size="sm">{say('readOnlyWhy')}</Text>
      </Box>
      <Box>
        <Group justify="space-between" mb={4}>
          <Text size="sm" c="dimmed">
            {say('asFile')}
          </Text>
          <CopyButton value={yaml} label={say('copyFile')} isWide />
        </Group>
        <Code
          block
          tabIndex={0}
          aria-label={say('asFile')}
          role="region"
          mah="60vh"
          style={{ overflow: 'auto' }}
        >
          {yaml}
        </Code>
      </Box>
      <Box maw={760}>
        <Text size="sm">{say('source')}</Text>
        <Command command={`find . -name '*.y*ml' -exec sha256sum {} + | grep ${hex}`} />
      </Box>
    </Stack>
  );
}
