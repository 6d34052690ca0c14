// The request behind the last change, as a line for a terminal: what was done by hand, a program can do.
import { Stack, Text } from '@mantine/core';
import { lastCall, toCurl } from '../api/last-call.ts';
import { Command } from '../parts/Command.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Help } from '../parts/Help.tsx';
import { useStore } from '../parts/store.ts';
import { apiCallOpen } from './switches.ts';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    title: 'API call of your last change',
    why: 'This request did it. MUSTER_TOKEN holds an API token of yours; secrets are left out.',
  },
  de: {
    title: 'API-Aufruf Ihrer letzten Änderung',
    why: 'Diese Anfrage hat es getan. MUSTER_TOKEN enthält ein API-Token von Ihnen; Geheimnisse sind ausgelassen.',
  },
});

export function ApiCall() {
  const say = useText(text);
  const isOpen = useStore(apiCallOpen);
  const call = useStore(lastCall);
  return (
    <Dialog opened={isOpen} onClose={() => apiCallOpen.set(false)} title={say('title')} size="lg">
      <Stack gap="sm">
        <Text size="sm">{say('why')}</Text>
        {call !== null && <Command command={toCurl(call, location.origin)} />}
        <Help page="architecture/access" />
      </Stack>
    </Dialog>
  );
}
