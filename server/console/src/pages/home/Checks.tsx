// One line beside the title when the set-up of the server shows trouble; nothing at all when it does not.
import { Alert, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { text } from './text-checks.ts';

/** Disks fill slowly, ms. */
const AGAIN_MS = 600_000;

export function Checks() {
  const say = useText(text);
  // The page of settings says so itself when they cannot be read.
  const { data } = useQuery({
    queryKey: ['checks'],
    queryFn: () => take(api.GET('/api/v1/checks')),
    staleTime: AGAIN_MS,
    refetchInterval: AGAIN_MS,
  });
  const count = data?.checks.filter(({ state }) => state === 'bad').length ?? 0;
  if (count === 0) return null;
  return (
    <Alert color="red" variant="light" role="status" py={4}>
      <Group gap="sm">
        <Text size="sm">{say('trouble', { count })}</Text>
        <PageLink to="/settings" size="sm" c="inherit" td="underline">
          {say('look')}
        </PageLink>
      </Group>
    </Alert>
  );
}
