// Approves a device that waits, or rejects it.
import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { text } from './text.ts';

interface Props {
  readonly device: { readonly id: string; readonly hostname: string };
  readonly mayReject?: boolean;
}

export function Decide({ device, mayReject = false }: Props) {
  const say = useText(text);
  const queries = useQueryClient();
  const [isRejecting, rejecting] = useDisclosure();
  const { id, hostname } = device;
  async function send(decision: 'approve' | 'retire'): Promise<void> {
    await take(api.POST('/api/v1/devices/{id}/decisions', { params: { path: { id } }, body: { decision } }));
    for (const key of ['pending-devices', 'joined']) await queries.invalidateQueries({ queryKey: [key] });
  }
  const approve = useMutation({ mutationFn: () => send('approve') });
  if (approve.isError) return <Problem error={approve.error} what={say('decideFailed')} />;
  return (
    <Group gap="xs" wrap="nowrap">
      <Button
        size="compact-sm"
        aria-label={say('approveName', { name: hostname })}
        loading={approve.isPending}
        onClick={() => approve.mutate()}
      >
        {say('approve')}
      </Button>
      {mayReject && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          aria-label={say('reject', { name: hostname })}
          onClick={rejecting.open}
        >
          {say('rejectAct')}
        </Button>
      )}
      <ConfirmByTyping
        opened={isRejecting}
        onClose={rejecting.close}
        title={say('rejectTitle')}
        happens={say('rejectHappens')}
        undo={say('rejectUndo')}
        expected={hostname}
        act={say('rejectAct')}
        onConfirm={() => send('retire')}
      />
    </Group>
  );
}
