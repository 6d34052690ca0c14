// What is wrong with the text, each at its place; a press leads there.
import { Anchor, List, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Status } from '../../parts/Status.tsx';
import type { TextFault } from './read-text.ts';
import { text } from './text.ts';

/** Faults that are shown; the rest is counted. */
const SHOWN = 20;

interface Props {
  readonly faults: readonly TextFault[];
  readonly onPick: (at: number) => void;
}

export function Faults({ faults, onPick }: Props) {
  const say = useText(text);
  const more = faults.length - SHOWN;
  return (
    <section aria-label={say('faults')} aria-live="polite" style={{ marginTop: 8 }}>
      {faults.length === 0 ? (
        <Status tone="good" word={say('noFaults')} />
      ) : (
        <Status tone="bad" word={say('faultCount', { count: faults.length })} />
      )}
      <List size="sm" mt={4} listStyleType="none" style={{ overflowWrap: 'anywhere' }}>
        {faults.slice(0, SHOWN).map(({ at, line, column, message }) => (
          <List.Item key={`${at} ${message}`}>
            <Anchor component="button" type="button" size="sm" py={3} onClick={() => onPick(at)}>
              {say('place', { line, column })}
            </Anchor>{' '}
            {message}
          </List.Item>
        ))}
      </List>
      {more > 0 && <Text size="sm">{say('moreFaults', { count: more })}</Text>}
    </section>
  );
}
