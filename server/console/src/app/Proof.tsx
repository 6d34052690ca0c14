// The proof that the person is there: a passkey, or password and code.
import { Button, Divider, Stack, Text } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import { api, take } from '../api/client.ts';
import { Problem } from '../parts/Problem.tsx';
import { toNext } from './next.ts';
import { PasswordFields } from './PasswordFields.tsx';
import { isCanceled, showPasskey } from './passkey.ts';
import { useRenew, useSession } from './session.ts';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    why: 'This act needs a fresh proof: nobody else at your desk may do it. What you have entered is kept.',
    passkey: 'Use a passkey',
    or: 'or',
    confirm: 'Confirm by password',
    provider: 'Confirm at {{name}}: leaves this page and what is not saved',
    failed: 'The proof was not accepted',
  },
  de: {
    why: 'Dieser Schritt braucht einen frischen Nachweis: niemand sonst an Ihrem Platz soll ihn tun können. Ihre Eingaben bleiben erhalten.',
    passkey: 'Passkey verwenden',
    or: 'oder',
    confirm: 'Mit Passwort bestätigen',
    provider: 'Bei {{name}} bestätigen: verlässt die Seite und alles, was nicht gespeichert ist',
    failed: 'Der Nachweis wurde nicht angenommen',
  },
});

export function Proof({ onProven }: { readonly onProven: () => void }) {
  const say = useText(text);
  const session = useSession();
  const renew = useRenew();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function prove(work: () => Promise<Parameters<typeof renew>[0]>): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      renew(await work());
      onProven();
    } catch (thrown) {
      if (!isCanceled(thrown)) setError(thrown);
    } finally {
      setBusy(false);
    }
  }

  async function byPasskey() {
    const challenge = await take(api.POST('/api/v1/session/step-up/options'));
    const body = await showPasskey(challenge);
    return take(api.POST('/api/v1/session/step-up/finish', { body }));
  }

  /** Leads away and back to this page, which begins anew then. */
  async function toProvider(id: string): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const next = toNext(location.pathname + location.search);
      const wish = { params: { path: { id } }, body: { next } };
      location.assign((await take(api.POST('/api/v1/session/step-up/oidc/{id}', wish))).url);
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  }

  return (
    <Stack>
      <Text size="sm">{say('why')}</Text>
      {session.data?.methods.passkey === true && (
        <>
          <Button
            data-autofocus
            loading={isBusy}
            onClick={() => void prove(byPasskey)}
            leftSection={<IconFingerprint size={18} aria-hidden />}
          >
            {say('passkey')}
          </Button>
          <Divider label={say('or')} />
        </>
      )}
      <PasswordFields
        act={say('confirm')}
        isBusy={isBusy}
        onSubmit={(entered) =>
          void prove(() => take(api.POST('/api/v1/session/step-up/password', { body: entered })))
        }
      />
      {session.data?.methods.oidc.map(({ id, name }) => (
        <Button key={id} variant="default" disabled={isBusy} onClick={() => void toProvider(id)}>
          {say('provider', { name })}
        </Button>
      ))}
      {error !== null && <Problem error={error} what={say('failed')} />}
    </Stack>
  );
}
