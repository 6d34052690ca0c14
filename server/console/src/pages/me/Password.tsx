// Password, one-time codes and recovery codes of the account.
import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { PasswordField } from '../../parts/PasswordField.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import type { Account } from '../../signing/me.ts';
import { useAct } from './account.ts';
import { Section } from './Section.tsx';
import { TotpSetup } from './Totp.tsx';
import { text } from './text.ts';

export function Password({ account }: { readonly account: Account }) {
  const say = useText(text);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const hasPassword = account.passwordAt !== null;
  return (
    <>
      <Section title={say('password')}>
        <Stack gap="sm" align="flex-start">
          <State
            isSet={hasPassword}
            set={say('passwordSet')}
            unset={say('noPassword')}
            at={account.passwordAt}
          />
          <PasswordForm isSet={hasPassword} />
          {hasPassword && (
            <>
              <State
                isSet={account.totpAt !== null}
                set={say('totpSet')}
                unset={say('noTotp')}
                at={account.totpAt}
              />
              <TotpSetup
                label={account.totpAt === null ? say('setTotp') : say('renewTotp')}
                onCodes={setCodes}
              />
            </>
          )}
        </Stack>
      </Section>
      {account.totpAt !== null && (
        <Section title={say('recovery')}>
          <Group>
            <Text size="sm">{say('recoveryLeft', { count: account.recoveryCodes })}</Text>
            <RenewCodes onCodes={setCodes} />
          </Group>
        </Section>
      )}
      {codes !== null && <Codes codes={codes} />}
    </>
  );
}

interface StateProps {
  readonly isSet: boolean;
  readonly set: string;
  readonly unset: string;
  readonly at: string | null;
}

function State({ isSet, set, unset, at }: StateProps) {
  return (
    <Group gap="xs">
      <Status tone={isSet ? 'good' : 'idle'} word={isSet ? set : unset} />
      {at !== null && (
        <Text size="sm" c="dimmed" span>
          <When at={at} />
        </Text>
      )}
    </Group>
  );
}

function PasswordForm({ isSet }: { readonly isSet: boolean }) {
  const say = useText(text);
  const [password, setPassword] = useState('');
  const { act, isBusy } = useAct();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void act(async () => {
          await take(api.POST('/api/v1/me/password', { body: { password } }));
          setPassword('');
        });
      }}
    >
      <Group align="flex-end" gap="xs">
        <PasswordField
          label={say('newPassword')}
          description={say('newPasswordHint')}
          autoComplete="new-password"
          w={280}
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" variant="default" loading={isBusy}>
          {isSet ? say('changePassword') : say('setPassword')}
        </Button>
        {isSet && (
          <Button
            variant="subtle"
            color="red"
            disabled={isBusy}
            onClick={() => void act(() => take(api.DELETE('/api/v1/me/password')))}
          >
            {say('removePassword')}
          </Button>
        )}
      </Group>
    </form>
  );
}

function RenewCodes({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }) {
  const say = useText(text);
  const { act, isBusy } = useAct();
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={isBusy}
      onClick={() => void act(async () => onCodes((await take(api.POST('/api/v1/me/recovery-codes'))).codes))}
    >
      {say('makeCodes')}
    </Button>
  );
}

function Codes({ codes }: { readonly codes: readonly string[] }) {
  const say = useText(text);
  return (
    <Alert color="yellow" title={say('recovery')} mb="xl" maw={860}>
      <Text size="sm" mb="xs">
        {say('codesOnce')}
      </Text>
      <Group align="flex-start">
        <Code block tabIndex={0}>
          {codes.join('\n')}
        </Code>
        <CopyButton value={codes.join('\n')} label={say('copyCodes')} isWide />
      </Group>
    </Alert>
  );
}
