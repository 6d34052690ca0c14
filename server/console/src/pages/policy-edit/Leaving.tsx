// Asks before a text that is not applied is left.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { text } from './text.ts';

interface Props {
  readonly blocker:
    | { readonly status: 'blocked'; readonly proceed: () => void; readonly reset: () => void }
    | { readonly status: 'idle'; readonly proceed: undefined; readonly reset: undefined };
}

export function Leaving({ blocker }: Props) {
  const say = useText(text);
  const isAsked = blocker.status === 'blocked';
  const stay = () => blocker.reset?.();
  return (
    <Dialog opened={isAsked} onClose={stay} title={say('leaveTitle')}>
      <Stack gap="md">
        <Text size="sm">{say('leave')}</Text>
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={() => blocker.proceed?.()}>
            {say('leaveNow')}
          </Button>
          <Button data-autofocus onClick={stay}>
            {say('stay')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
