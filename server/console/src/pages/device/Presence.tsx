// Whether a device is there, in words, with the exact moment on hover.
import { Box } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { useNow } from '../../parts/now.ts';
import { Status, type Tone } from '../../parts/Status.tsx';
import { text } from './text.ts';
import type { Device } from './types.ts';

const tones: Readonly<Record<Device['presence'], Tone>> = {
  online: 'good',
  offline: 'idle',
  missing: 'warn',
  never: 'idle',
};

/** The moment from which on the presence is as it is. */
function presenceSince({ presence, onlineSince, lastSeenAt }: Device): string | null {
  return presence === 'online' ? onlineSince : lastSeenAt;
}

export function Presence({ device }: { readonly device: Device }) {
  const say = useText(text);
  const format = useFormat();
  const nowMs = useNow();
  if (device.state === 'retired') return <Status tone="idle" word={say('retired')} />;
  const { presence } = device;
  const since = presenceSince(device);
  if (presence === 'never' || since === null)
    return <Status tone={tones[presence]} word={presence === 'online' ? say('onlineNow') : say('never')} />;
  const span = format.span(nowMs - Date.parse(since));
  const word = say(presence, { span });
  return (
    <Box fz="sm">
      <Status tone={tones[presence]} word={word} detail={format.exact(Date.parse(since))} />
    </Box>
  );
}
