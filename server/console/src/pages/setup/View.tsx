// Spends a setup link: a passkey or a password, then one is signed in and sees what to do next.
import { Alert, Button, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { guessDeviceName, makePasskey } from '../../app/passkey.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Gate } from '../../parts/Gate.tsx';
import { PasswordField } from '../../parts/PasswordField.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { TextButton } from '../../parts/TextButton.tsx';
import { useEntering } from '../sign-in/enter.ts';
import { Failure } from '../sign-in/Failure.tsx';
import { text } from './text.ts';

async function readLink(secret: string) {
  return take(api.POST('/api/v1/setup/options', { body: { secret } }));
}

type Link = Awaited<ReturnType<typeof readLink>>;

/** The secret is taken out of the address, so that no screenshot and no history keeps it. */
function useSecret(): string {
  const [secret] = useState(() => location.hash.slice(1));
  useEffect(() => history.replaceState(history.state, '', location.pathname), []);
  return secret;
}

export function View() {
  const say = useText(text);
  const secret = useSecret();
  const link = useQuery({
    queryKey: ['setup', secret],
    queryFn: () => readLink(secret),
    enabled: secret !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    document.title = say('title');
  }, [say]);
  return (
    <Gate title={say('title')}>
      {secret === '' ? (
        <Stack gap="sm">
          <Text size="sm">{say('noSecret')}</Text>
          <Command command="muster setup-link" />
        </Stack>
      ) : link.isError ? (
        <Problem error={link.error} what={say('badLink')} />
      ) : link.data === undefined ? (
        <Skeleton h={180} />
      ) : (
        <Account secret={secret} link={link.data} />
      )}
    </Gate>
  );
}

function Account({ secret, link }: { readonly secret: string; readonly link: Link }) {
  const say = useText(text);
  const entering = useEntering(link.isFirst ? '/devices?enroll=true' : '/');
  const { begin, isBusy } = entering;
  const [isPassword, setPassword] = useState(link.passkey === null);
  const [name, setName] = useState(link.person.name);
  const common = { secret, ...(name.trim() === '' ? {} : { name: name.trim() }) };
  const { passkey } = link;
  return (
    <Stack gap="sm">
      <Text size="sm">{link.isFirst ? say('first') : say('for', { name: link.person.handle })}</Text>
      {link.endsFormer && (
        <Alert color="yellow" variant="light">
          <Text size="sm">{say('endsFormer')}</Text>
        </Alert>
      )}
      <TextInput
        label={say('name')}
        name="name"
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {isPassword || passkey === null ? (
        <PasswordForm
          isBusy={isBusy}
          onSubmit={(password) =>
            void begin(() => take(api.POST('/api/v1/setup', { body: { ...common, password } })))
          }
        />
      ) : (
        <PasskeyForm
          isBusy={isBusy}
          onSubmit={(label) =>
            void begin(async () => {
              const made = await makePasskey(passkey, label);
              return take(api.POST('/api/v1/setup', { body: { ...common, passkey: made } }));
            })
          }
        />
      )}
      {passkey === null ? (
        <Text size="xs" c="dimmed">
          {say('noPasskeys')}
        </Text>
      ) : (
        <TextButton
          word={isPassword ? say('usePasskey') : say('usePassword')}
          onClick={() => setPassword(!isPassword)}
        />
      )}
      <Failure entering={entering} failed={say('failed')} />
    </Stack>
  );
}

interface FormProps {
  readonly isBusy: boolean;
  readonly onSubmit: (value: string) => void;
}

function PasskeyForm({ isBusy, onSubmit }: FormProps) {
  const say = useText(text);
  const [label, setLabel] = useState(guessDeviceName);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(label.trim());
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={say('passkeyName')}
          description={say('passkeyHint')}
          required
          withAsterisk={false}
          maxLength={64}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Button
          type="submit"
          size="md"
          loading={isBusy}
          leftSection={<IconFingerprint size={20} aria-hidden />}
        >
          {say('makePasskey')}
        </Button>
      </Stack>
    </form>
  );
}

function PasswordForm({ isBusy, onSubmit }: FormProps) {
  const say = useText(text);
  const [password, setPassword] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(password);
      }}
    >
      <Stack gap="sm">
        <PasswordField
          label={say('password')}
          description={say('passwordHint')}
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" size="md" loading={isBusy}>
          {say('setPassword')}
        </Button>
      </Stack>
    </form>
  );
}
