// For which devices a policy is, as its file says it.
import { Code, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { text } from './text.ts';

interface Props {
  /** Expression; `true`: all devices. */
  readonly on: string;
  /** Expression; `false`: none is left out. */
  readonly except: string;
}

export function Whom({ on, except }: Props) {
  const say = useText(text);
  return (
    <>
      {on === 'true' ? (
        <Text size="sm">{say('all')}</Text>
      ) : (
        <Code style={{ overflowWrap: 'anywhere' }}>{on}</Code>
      )}
      {except !== 'false' && (
        <Text size="xs" mt={2}>
          {say('but')} <Code style={{ overflowWrap: 'anywhere' }}>{except}</Code>
        </Text>
      )}
    </>
  );
}
