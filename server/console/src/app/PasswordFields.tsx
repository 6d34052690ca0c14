// Password and one-time code, or a recovery code in its place; nothing here hinders pasting.
import { Button, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { PasswordField } from '../parts/PasswordField.tsx';
import { TextButton } from '../parts/TextButton.tsx';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    password: 'Password',
    code: 'Six-digit code from your app',
    recovery: 'Recovery code',
    toRecovery: 'Use a recovery code instead',
    toCode: 'Use the code from your app instead',
  },
  de: {
    password: 'Passwort',
    code: 'Sechsstelliger Code aus Ihrer App',
    recovery: 'Wiederherstellungscode',
    toRecovery: 'Stattdessen einen Wiederherstellungscode verwenden',
    toCode: 'Stattdessen den Code aus Ihrer App verwenden',
  },
});

/** What was entered; never both codes. */
export type Entered = { password: string; totp?: string } | { password: string; recoveryCode?: string };

interface Props {
  readonly act: string;
  readonly isBusy: boolean;
  readonly onSubmit: (entered: Entered) => void;
}

export function PasswordFields({ act, isBusy, onSubmit }: Props) {
  const say = useText(text);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [isRecovery, setRecovery] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const given = code.trim();
        if (given === '') onSubmit({ password });
        else
          onSubmit(
            isRecovery ? { password, recoveryCode: given } : { password, totp: given.replaceAll(' ', '') },
          );
      }}
    >
      <Stack gap="sm">
        <PasswordField
          label={say('password')}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <TextInput
          label={isRecovery ? say('recovery') : say('code')}
          name="code"
          autoComplete={isRecovery ? 'off' : 'one-time-code'}
          inputMode={isRecovery ? 'text' : 'numeric'}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <TextButton
          word={isRecovery ? say('toCode') : say('toRecovery')}
          onClick={() => {
            setRecovery(!isRecovery);
            setCode('');
          }}
        />
        <Button type="submit" variant="default" loading={isBusy}>
          {act}
        </Button>
      </Stack>
    </form>
  );
}
