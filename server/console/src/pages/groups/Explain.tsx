// Why an expression holds for a device or not: each part with its answer and what was read for it.
import { Box, Code, Group, Stack, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Status } from '../../parts/Status.tsx';
import { text } from './text.ts';

/** A part of an expression, as the API and `listExplained` say it. */
interface Part {
  /** 0: the whole expression. */
  readonly depth: number;
  readonly kind: 'all' | 'any' | 'not' | 'leaf';
  readonly text: string;
  readonly holds: boolean;
  readonly reads: readonly { readonly name: string; readonly value: string | number | boolean | null }[];
}

/** How far a part within a part stands to the right, pixels. */
const INDENT_PX = 18;

export function Explain({ explanation }: { readonly explanation: { readonly parts: readonly Part[] } }) {
  return (
    <Stack gap={4} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {explanation.parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts stand in the order of the text, and may be alike
        <Box component="li" key={index} pl={part.depth * INDENT_PX}>
          <Line part={part} />
        </Box>
      ))}
    </Stack>
  );
}

function Line({ part }: { readonly part: Part }) {
  const say = useText(text);
  const { kind, holds } = part;
  return (
    <Group gap="xs" align="center">
      <Status tone={holds ? 'good' : 'bad'} word={holds ? say('holds') : say('holdsNot')} />
      {kind === 'leaf' ? <Code>{part.text}</Code> : <Text size="sm">{say(kind)}</Text>}
      {part.reads.map(({ name, value }) => (
        <Text key={name} size="sm" c="dimmed">
          <Text span inherit ff="monospace">
            {name}
          </Text>
          {value === null ? ` ${say('says')}` : ' = '}
          {value !== null && (
            <Text span inherit ff="monospace" c="var(--mantine-color-text)">
              {JSON.stringify(value)}
            </Text>
          )}
        </Text>
      ))}
    </Group>
  );
}
