// Makes a way: mail, or a webhook whose secret is shown this once.
import { Button, Code, Group, SegmentedControl, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { NameField } from '../../parts/NameField.tsx';
import { SendForm } from '../../parts/SendForm.tsx';
import { useNewer } from './data.ts';
import { text } from './text-routing.ts';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly hasMail: boolean;
}

export function WayForm(props: Props) {
  const say = useText(text);
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={say('newWay')} size="md">
      <Form {...props} />
    </Dialog>
  );
}

/** Made anew each time it is opened. */
function Form({ onClose, hasMail }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const [kind, setKind] = useState<'mail' | 'webhook'>(hasMail ? 'mail' : 'webhook');
  const [name, setName] = useState('');
  const [to, setTo] = useState<string[]>([]);
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState<string | null>(null);
  if (secret !== null) return <Secret secret={secret} onClose={onClose} />;
  const make = async () => {
    const body = { name: name.trim(), kind, ...(kind === 'mail' ? { to } : { url: url.trim() }) };
    const made = await take(api.POST('/api/v1/notifications/ways', { body }));
    await newer();
    if (made.secret === null) onClose();
    else setSecret(made.secret);
  };
  const isRight = name.trim() !== '' && (kind === 'mail' ? to.length > 0 && hasMail : url.trim() !== '');
  return (
    <SendForm act={say('create')} isRight={isRight} send={make} failed={say('failed')} onClose={onClose}>
      <SegmentedControl
        aria-label={say('kind')}
        value={kind}
        data={(['mail', 'webhook'] as const).map((value) => ({ value, label: say(value) }))}
        onChange={setKind}
      />
      {kind === 'mail' && !hasMail && <Text size="sm">{say('noMail')}</Text>}
      <NameField label={say('name')} maxLength={64} value={name} onChange={setName} />
      {kind === 'mail' ? (
        <TagsInput
          label={say('to')}
          description={say('toHelp')}
          value={to}
          maxTags={20}
          onChange={setTo}
          disabled={!hasMail}
        />
      ) : (
        <TextInput
          label={say('url')}
          description={say('urlHelp')}
          type="url"
          value={url}
          required
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
      )}
    </SendForm>
  );
}

function Secret({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  const say = useText(text);
  return (
    <Stack gap="sm">
      <Text fw={600}>{say('secretTitle')}</Text>
      <Text size="sm">{say('secretWhy')}</Text>
      <Code block tabIndex={0} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {secret}
      </Code>
      <Group justify="space-between">
        <CopyButton value={secret} label={say('copySecret')} isWide />
        <Button onClick={onClose}>{say('done')}</Button>
      </Group>
    </Stack>
  );
}
