// Signing in: a passkey first, a password with a code as the other way, providers where there are some.
import { Alert, Button, Divider, Stack, Text, TextInput } from '@mantine/core';
import { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill } from '@simplewebauthn/browser';
import { IconFingerprint } from '@tabler/icons-react';
import { Navigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { PasswordFields } from '../../app/PasswordFields.tsx';
import { showPasskey } from '../../app/passkey.ts';
import { useSession } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Gate } from '../../parts/Gate.tsx';
import { compact, searchText, useSearchState } from '../../parts/search-state.ts';
import { TextButton } from '../../parts/TextButton.tsx';
import { safeNext, toProvider, useEntering } from './enter.ts';
import { Failure } from './Failure.tsx';
import { text } from './text.ts';

interface Search {
  readonly next?: string;
  /** Why a way by the provider has failed. */
  readonly error?: string;
}

function parse(raw: Record<string, unknown>): Search {
  return compact({ next: searchText(raw.next), error: searchText(raw.error) });
}

/** What can go wrong at a provider and is worth words of its own. */
const failures = [
  ...(['E_IDENTITY', 'E_PROVIDER', 'E_CHALLENGE', 'E_RATE', 'E_SETUP', 'E_CONFLICT'] as const),
  ...(['E_CREDENTIALS', 'E_SIGNED_OUT'] as const),
];

async function byPasskey(isQuiet: boolean) {
  const challenge = await take(api.POST('/api/v1/signin/passkey/options'));
  const body = await showPasskey(challenge, isQuiet);
  return take(api.POST('/api/v1/signin/passkey/finish', { body }));
}

export function View() {
  const say = useText(text);
  const { data: session } = useSession();
  const [{ next, error }] = useSearchState(parse);
  useEffect(() => {
    document.title = `${say('title')} · ${say('brand')}`;
  }, [say]);
  // Who signs in here after a failure goes on at once; who came signed in reads why his way there led to nothing.
  const [cameIn, setCameIn] = useState<boolean | null>(null);
  if (session === undefined) return null;
  const isIn = session.person !== null;
  if (cameIn === null) setCameIn(isIn);
  if (isIn && (error === undefined || cameIn === false)) return <Navigate to={safeNext(next)} replace />;
  if (isIn)
    return (
      <Gate title={say('refused')}>
        <Stack gap="md">
          <Refused code={error} />
          <Button component="a" href={safeNext(next)}>
            {say('goOn')}
          </Button>
        </Stack>
      </Gate>
    );
  return (
    <Gate title={say('title')}>
      {error !== undefined && <Refused code={error} />}
      {session.setupNeeded ? <SetupNeeded /> : <Ways next={next} methods={session.methods} />}
    </Gate>
  );
}

/** Why the provider's answer was not enough, and what to do. */
function Refused({ code }: { readonly code: string | undefined }) {
  const say = useText(text);
  return (
    <Alert role="alert" color="red" variant="light" mb="md" title={say('failed')}>
      {say(failures.find((one) => one === code) ?? 'E_OTHER')}
    </Alert>
  );
}

function SetupNeeded() {
  const say = useText(text);
  return (
    <Stack gap="sm">
      <Text fw={600}>{say('setupTitle')}</Text>
      <Text size="sm">{say('setupWhy')}</Text>
      <Command command="muster setup-link" />
    </Stack>
  );
}

interface WaysProps {
  readonly next: string | undefined;
  readonly methods: NonNullable<ReturnType<typeof useSession>['data']>['methods'];
}

function Ways({ next, methods }: WaysProps) {
  const say = useText(text);
  const entering = useEntering(next);
  const { begin, isBusy } = entering;
  const [isPassword, setPassword] = useState(!methods.passkey);
  const [name, setName] = useState('');
  const canPasskey = methods.passkey && browserSupportsWebAuthn();
  useOffer(canPasskey, () => begin(() => byPasskey(true), true));
  return (
    <Stack gap="md">
      {canPasskey && (
        <Button
          size="md"
          fullWidth
          loading={isBusy}
          leftSection={<IconFingerprint size={20} aria-hidden />}
          onClick={() => void begin(() => byPasskey(false))}
        >
          {say('passkey')}
        </Button>
      )}
      {!canPasskey && (
        <Text size="sm" c="dimmed">
          {methods.passkey ? say('unsupported') : say('noPasskeys', { url: namedUrl() })}
        </Text>
      )}
      {methods.oidc.map((provider) => (
        <Button
          key={provider.id}
          component="a"
          variant="default"
          fullWidth
          href={toProvider(provider.id, next)}
        >
          {say('provider', { name: provider.name })}
        </Button>
      ))}
      <Divider label={say('or')} />
      <TextInput
        label={say('name')}
        description={say('nameHint')}
        name="username"
        // What a browser offers here are passkeys too.
        autoComplete="username webauthn"
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {isPassword ? (
        <PasswordFields
          act={say('signIn')}
          isBusy={isBusy}
          onSubmit={(entered) =>
            void begin(() =>
              take(api.POST('/api/v1/signin/password', { body: { name: name.trim(), ...entered } })),
            )
          }
        />
      ) : (
        <TextButton word={say('usePassword')} onClick={() => setPassword(true)} />
      )}
      <Failure entering={entering} failed={say('failed')} />
    </Stack>
  );
}

/** The same server under a name, for addresses that are numbers of this very machine. */
function namedUrl(): string {
  return `${location.protocol}//localhost${location.port === '' ? '' : `:${location.port}`}`;
}

/** Offers passkeys in the list of the name field as soon as the page is there. */
function useOffer(isOn: boolean, offer: () => Promise<void>): void {
  const begun = useRef(false);
  useEffect(() => {
    if (!isOn || begun.current) return;
    begun.current = true;
    void browserSupportsWebAuthnAutofill().then((can) => (can ? offer() : undefined));
  });
}
