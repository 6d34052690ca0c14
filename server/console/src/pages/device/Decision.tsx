// Decisions about a device: approve, release, and retire after its name was typed.
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { keys } from './data.ts';
import { text } from './text.ts';
import type { Device } from './types.ts';

type Verdict = 'approve' | 'release' | 'retire';

async function send(id: string, decision: Verdict): Promise<void> {
  await take(api.POST('/api/v1/devices/{id}/decisions', { params: { path: { id } }, body: { decision } }));
}

/** Decides and reads the device again; what went wrong is kept to be shown. */
export function useDecide({ id }: Device) {
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  async function decide(verdict: Verdict): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await send(id, verdict);
      await queries.invalidateQueries({ queryKey: keys.device(id) });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  }
  return { decide, error, isBusy };
}

/** Asks before a device is retired. */
export function Decision({
  device,
  opened,
  onClose,
}: {
  readonly device: Device;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const say = useText(text);
  const queries = useQueryClient();
  const name = { name: device.hostname };
  return (
    <ConfirmByTyping
      opened={opened}
      onClose={onClose}
      title={say('retireTitle', name)}
      happens={say('retireHappens')}
      undo={say('retireUndo')}
      expected={device.hostname}
      act={say('retireAct', name)}
      onConfirm={async () => {
        await send(device.id, 'retire');
        await queries.invalidateQueries({ queryKey: keys.device(device.id) });
        notifications.show({ message: say('decided') });
      }}
    />
  );
}
