// What may stand where one writes: keys and values with what they mean; a press writes one.
import { Anchor, Code, List, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import type { Hints as Found, Hint } from './hints.ts';
import { text } from './text.ts';

/** Keys that are shown; the rest is counted. */
const SHOWN = 24;

interface Props {
  readonly found: Found;
  readonly onPick: (hint: Hint) => void;
}

export function Hints({ found, onPick }: Props) {
  const say = useText(text);
  const { path, what, hints } = found;
  const where = path.length === 0 ? say('hintsTop') : path.join(' › ');
  const more = hints.length - SHOWN;
  return (
    <section aria-label={say('hints')} style={{ marginTop: 8 }}>
      <Text size="sm" fw={600}>
        {say('hintsAt')} <Code>{where}</Code>
      </Text>
      {what !== '' && <Text size="sm">{what}</Text>}
      <List size="sm" mt={4} listStyleType="none" style={{ overflowWrap: 'anywhere' }}>
        {hints.slice(0, SHOWN).map((hint) => (
          <List.Item key={hint.word}>
            <Anchor
              component="button"
              type="button"
              size="sm"
              py={3}
              ff="monospace"
              underline="always"
              onClick={() => onPick(hint)}
            >
              {hint.word}
            </Anchor>{' '}
            {hint.what}
            {hint.isRequired && ` ${say('hintRequired')}`}
          </List.Item>
        ))}
      </List>
      {more > 0 && <Text size="sm">{say('hintsMore', { count: more })}</Text>}
      {hints.length === 0 && <Text size="sm">{say('hintsNone')}</Text>}
    </section>
  );
}
