// Output of a program: numbered lines that can be linked to, searched; always text, whatever it holds.
import { Box, Group, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import classes from './output.module.css';
import { text } from './text.ts';

interface Props {
  readonly body: string;
  /** The line that is meant, from 1. */
  readonly line?: number | undefined;
}

/** Lines, without the empty one behind the last line break. */
function linesOf(body: string): string[] {
  const lines = body.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

export function Output({ body, line }: Props) {
  const say = useText(text);
  const [wanted, setWanted] = useState('');
  const lines = useMemo(() => linesOf(body), [body]);
  const meant = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls once for each line that is meant
  useEffect(() => meant.current?.scrollIntoView({ block: 'center' }), [line]);
  const hits = wanted === '' ? 0 : lines.filter((one) => one.includes(wanted)).length;
  return (
    <Box>
      <Group gap="xs" mb="xs" wrap="nowrap">
        <TextInput
          flex={1}
          size="xs"
          aria-label={say('find')}
          placeholder={say('find')}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={wanted}
          onChange={({ currentTarget }) => setWanted(currentTarget.value)}
        />
        {wanted !== '' && (
          <Text size="xs" c="dimmed" aria-live="polite">
            {say('hits', { count: hits })}
          </Text>
        )}
        <CopyButton value={body} label={say('copyOutput')} />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ol className={classes.lines} tabIndex={0}>
        {lines.map((one, index) => {
          const n = index + 1;
          const isHit = wanted !== '' && one.includes(wanted);
          return (
            <li
              key={n}
              ref={n === line ? meant : undefined}
              data-meant={n === line || undefined}
              data-hit={isHit || undefined}
            >
              <Link
                to="."
                search={(before: Record<string, unknown>) => ({ ...before, line: n })}
                replace
                tabIndex={-1}
                aria-label={say('lineLink', { n })}
                className={classes.number}
              >
                {n}
              </Link>
              <span className={classes.text}>{one}</span>
            </li>
          );
        })}
      </ol>
    </Box>
  );
}
