// What changed in the time that the charts show: the marks in them, in words.
import { Box, List, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconFlag } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../../app/text.ts';
import type { TimeRange } from '../../charts/range.ts';
import { useFormat } from '../../parts/format.ts';
import { useCounts } from './Changes.tsx';
import { DeviceLink } from './DeviceLink.tsx';
import { useSectionTitle } from './Sections.tsx';
import { text } from './text-work.ts';
import type { Change } from './types.ts';

/** As many as one request brings. */
const MOST = 100;
const FEW = 3;

export function Marks({ changes, ends }: { readonly changes: readonly Change[]; readonly ends: TimeRange }) {
  const say = useText(text);
  const format = useFormat();
  const titleOf = useSectionTitle();
  const counts = useCounts();
  // A few are shown at once; of many how many they are.
  const [wish, setOpen] = useState<boolean | null>(null);
  const isOpen = wish ?? changes.length <= FEW;
  const Icon = isOpen ? IconChevronDown : IconChevronRight;
  if (changes.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {say('marksNone')}
      </Text>
    );
  return (
    <Box>
      <UnstyledButton fz="sm" mih={24} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <IconFlag size={14} aria-hidden /> {say('marks', { count: changes.length })}{' '}
        <Icon size={12} aria-hidden />
      </UnstyledButton>
      {isOpen && (
        <List size="sm" mah={180} style={{ overflow: 'auto' }} listStyleType="none" tabIndex={0}>
          {changes.map((change) => (
            <List.Item key={`${change.section}/${change.at}`}>
              <Text span inherit c="dimmed" className="tabular">
                {format.exact(Date.parse(change.at))}
              </Text>{' '}
              {say('markTitle', {
                title: titleOf(change.section, change.title),
                what: counts(change) || change.kind,
              })}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="xs">
        <DeviceLink
          search={{
            tab: 'timeline',
            kinds: 'inventory',
            from: Math.round(ends.fromMs),
            to: Math.round(ends.toMs),
          }}
        >
          {say('showTimeline')}
        </DeviceLink>
      </Text>
      {changes.length >= MOST && (
        <Text size="xs" c="dimmed">
          {say('marksMore')}
        </Text>
      )}
    </Box>
  );
}
