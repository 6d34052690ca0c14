// How one's passkey becomes a signing key: proven here, trusted by the root key on a terminal; each step ticks itself off.
import { Box, Button, Code, type MantineSpacing, Paper, Select, Stack, Text, Title } from '@mantine/core';
import type { ReadonlyTrust } from '@muster/protocol';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api, take } from '../api/client.ts';
import { useText } from '../app/text.ts';
import { Command } from '../parts/Command.tsx';
import { PageLink } from '../parts/PageLink.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Status } from '../parts/Status.tsx';
import { GoButton } from './Go.tsx';
import { proveByGesture } from './gesture.ts';
import { useTrust, useWhoami, WHOAMI } from './me.ts';
import { type OwnKey, toOriginsLine, useOwnKeys } from './own-keys.ts';
import { signKeyText } from './sign-key-text.ts';
import { text } from './text.ts';
import { findRpId, readPlace } from './ways.ts';

/** While somebody is at it on a terminal the trust document is looked at so often, ms. */
const LOOK_MS = 2_000;

/** A button that opens the steps where one was told to use the command line. */
export function OfferSignKey() {
  const say = useText(signKeyText);
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <SignKey />;
  return (
    <Button
      variant="light"
      size="compact-sm"
      w="fit-content"
      leftSection={<IconFingerprint size={16} aria-hidden />}
      onClick={() => setOpen(true)}
    >
      {say('offer')}
    </Button>
  );
}

interface Props {
  readonly mt?: MantineSpacing;
  /** Says where to go on when all is done. */
  readonly hasWayOn?: boolean;
}

/** What is under way comes first, then what could be begun. */
function chooseKey(keys: readonly OwnKey[], chosen: string | null): OwnKey | undefined {
  const inState = (wanted: OwnKey['state']) => keys.find(({ state }) => state === wanted);
  return keys.find(({ id }) => id === chosen) ?? inState('registered') ?? inState('trusted') ?? keys[0];
}

/** True where the trust document takes what a passkey signs on this page. */
function isTakenHere(trust: ReadonlyTrust | undefined): boolean {
  return trust !== undefined && findRpId(trust, readPlace()) !== undefined;
}

/** Sees what is run on a terminal: nobody else tells the page. Who has not begun is waited for by his own gesture. */
function useLook(isAwaited: boolean): void {
  const look = { enabled: isAwaited, everyMs: LOOK_MS };
  useTrust(look);
  useWhoami(look);
}

/** The steps for one passkey of the account; nothing while it is not known who looks. */
export function SignKey({ mt = 0, hasWayOn = false }: Props) {
  const say = useText(signKeyText);
  const [chosen, setChosen] = useState<string | null>(null);
  const { keys, unable, trust, person } = useOwnKeys();
  const passkey = chooseKey(keys, chosen);
  const isDone = passkey?.state === 'trusted' && isTakenHere(trust);
  useLook(passkey !== undefined && passkey.state !== 'new' && !isDone);
  if (trust === undefined || person === null) return null;
  return (
    <Paper withBorder p="md" mt={mt} component="section" aria-label={say('title')}>
      <Title order={3} fz="md" mb={4}>
        {say('title')}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {say('why')}
      </Text>
      {keys.length > 1 && passkey !== undefined && (
        <Select
          label={say('which')}
          data={keys.map(({ id, name, keyid }) => ({ value: id, label: `${name} (${keyid})` }))}
          value={passkey.id}
          allowDeselect={false}
          onChange={setChosen}
          mb="sm"
          maw={420}
        />
      )}
      {passkey === undefined ? (
        <Text size="sm">
          {say(unable > 0 ? 'unable' : 'none')} <PageLink to="/me">{say('toAccount')}</PageLink>
        </Text>
      ) : (
        <Steps {...{ passkey, trust, person }} />
      )}
      {isDone && hasWayOn && (
        <GoButton to="/act" mt="md" size="compact-sm" variant="light">
          {say('toAct')}
        </GoButton>
      )}
    </Paper>
  );
}

interface StepsProps {
  readonly passkey: OwnKey;
  readonly trust: ReadonlyTrust;
  readonly person: { readonly signerId: string | null; readonly handle: string };
}

function Steps({ passkey, trust, person: { signerId, handle } }: StepsProps) {
  const say = useText(signKeyText);
  const place = readPlace();
  const isHere = isTakenHere(trust);
  return (
    <Stack gap="md" component="ol" m={0} p={0} style={{ listStyle: 'none' }} aria-live="polite">
      <Step number={1} title={say('register')} isDone={passkey.state !== 'new'}>
        <Register key={passkey.id} passkey={passkey} org={trust.org} />
      </Step>
      <Step number={2} title={say('page')} isDone={isHere}>
        {!isHere && (
          <>
            <Text size="sm">{say('pageWhy', { origin: place.origin })}</Text>
            <Command command={toOriginsLine(trust, place)} />
          </>
        )}
      </Step>
      <Step number={3} title={say('trust')} isDone={passkey.state === 'trusted'}>
        <Trust {...{ passkey, signerId, handle }} isQuickstart={trust.mode === 'quickstart'} />
      </Step>
    </Stack>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ReactNode;
}

function Step({ number, title, isDone, children }: StepProps) {
  const say = useText(signKeyText);
  return (
    <Box component="li">
      <Stack gap={6} align="stretch">
        <Text fw={600} size="sm">
          {say('step', { number, title })}
        </Text>
        <Box fz="sm">
          <Status tone={isDone ? 'good' : 'idle'} word={say(isDone ? 'done' : 'open')} />
        </Box>
        {children}
      </Stack>
    </Box>
  );
}

/** The gesture that proves to the server that the passkey is at hand. */
function Register({ passkey, org }: { readonly passkey: OwnKey; readonly org: string }) {
  const say = useText(signKeyText);
  const sayGesture = useText(text);
  const queries = useQueryClient();
  const { key, name, keyid, state } = passkey;
  const register = useMutation({
    mutationFn: async () => {
      const words = { canceled: sayGesture('canceled'), foreign: say('foreign') };
      const proof = await proveByGesture(org, passkey, words);
      return take(api.POST('/api/v1/me/keys', { body: { key, name, proof } }));
    },
    onSuccess: (whoami) => queries.setQueryData(WHOAMI, whoami),
  });
  if (state !== 'new')
    return (
      <Text size="sm">
        {say('keyid', { name })} <Code>{keyid}</Code>
      </Text>
    );
  return (
    <>
      <Text size="sm">{say('registerWhy', { name })}</Text>
      {register.isError && <Problem error={register.error} what={say('failed')} />}
      <Button
        size="compact-sm"
        w="fit-content"
        loading={register.isPending}
        leftSection={<IconFingerprint size={16} aria-hidden />}
        onClick={() => register.mutate()}
      >
        {say('registerNow')}
      </Button>
    </>
  );
}

interface TrustProps {
  readonly passkey: OwnKey;
  readonly signerId: string | null;
  readonly handle: string;
  readonly isQuickstart: boolean;
}

/** What whoever holds the root key runs; a page cannot do it. */
function Trust({ passkey: { keyid, state }, signerId, handle, isQuickstart }: TrustProps) {
  const say = useText(signKeyText);
  if (state === 'trusted') return <Text size="sm">{say('trusted')}</Text>;
  if (state === 'new') return <Text size="sm">{say('first')}</Text>;
  return (
    <>
      {signerId === null && (
        <>
          <Text size="sm">{say('noSigner')}</Text>
          <Command command="muster keys new && muster persons add-key" />
          <Text size="sm">{say('makeSigner')}</Text>
          <Command command={`muster trust add-signer ${handle}`} />
        </>
      )}
      <Text size="sm">{say(isQuickstart ? 'trustHere' : 'trustWhy')}</Text>
      <Command command={`muster trust add-key ${signerId ?? handle} --passkey ${keyid}`} />
      <Text size="xs" c="dimmed">
        {say('compare', { keyid })}
      </Text>
    </>
  );
}
