// Passkeys of the account: which there are, one more, one less.
import { Button, Table, Text } from '@mantine/core';
import { IconFingerprint, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { guessDeviceName, makePasskey } from '../../app/passkey.ts';
import { useSession } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { DialogForm } from '../../parts/DialogForm.tsx';
import { NameField } from '../../parts/NameField.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { When } from '../../parts/When.tsx';
import type { Account } from '../../signing/me.ts';
import { SignKey } from '../../signing/SignKey.tsx';
import { useAct } from './account.ts';
import { Section } from './Section.tsx';
import { text } from './text.ts';

async function addPasskey(name: string): Promise<void> {
  const challenge = await take(api.POST('/api/v1/me/passkeys/options'));
  const body = await makePasskey(challenge, name);
  await take(api.POST('/api/v1/me/passkeys', { body }));
}

export function Passkeys({ account }: { readonly account: Account }) {
  const say = useText(text);
  const session = useSession();
  const [isAdding, setAdding] = useState(false);
  const canAdd = session.data?.methods.passkey === true;
  const add = (
    <Button
      size="compact-sm"
      disabled={!canAdd}
      leftSection={<IconPlus size={15} aria-hidden />}
      onClick={() => setAdding(true)}
    >
      {say('addPasskey')}
    </Button>
  );
  return (
    <Section title={say('passkeys')} why={say('passkeysWhy')} action={add}>
      {!canAdd && <Text size="sm">{say('noName')}</Text>}
      {account.passkeys.length === 0 ? (
        <Text size="sm">{say('noPasskeys')}</Text>
      ) : (
        <>
          <PasskeyTable account={account} />
          {session.data?.mustSetUp === null && <SignKey mt="md" hasWayOn />}
        </>
      )}
      <Dialog opened={isAdding} onClose={() => setAdding(false)} title={say('addPasskey')}>
        <AddForm done={() => setAdding(false)} />
      </Dialog>
    </Section>
  );
}

function PasskeyTable({ account }: { readonly account: Account }) {
  const say = useText(text);
  const { act, isBusy } = useAct();
  return (
    <ShortTable
      label={say('passkeys')}
      minWidthPx={520}
      heads={[say('passkeyName'), say('added'), say('used'), { word: say('remove'), isHidden: true }]}
    >
      {account.passkeys.map(({ id, name, synced, createdAt, usedAt }) => (
        <Table.Tr key={id}>
          <Table.Td>
            {name}
            <Text size="xs" c="dimmed">
              {synced ? say('synced') : say('device')}
            </Text>
          </Table.Td>
          <Table.Td>
            <When at={createdAt} />
          </Table.Td>
          <Table.Td>
            <When at={usedAt} />
          </Table.Td>
          <Table.Td ta="end">
            <RowButton
              isGrave
              word={say('remove')}
              name={say('removePasskey', { name })}
              isDisabled={isBusy}
              onClick={() =>
                void act(() => take(api.DELETE('/api/v1/me/passkeys/{id}', { params: { path: { id } } })))
              }
            />
          </Table.Td>
        </Table.Tr>
      ))}
    </ShortTable>
  );
}

/** What fails is shown beside the page, as with all acts here; a gesture that was broken off is none. */
function AddForm({ done }: { readonly done: () => void }) {
  const say = useText(text);
  const [name, setName] = useState(guessDeviceName);
  const { act, isBusy } = useAct();
  return (
    <DialogForm
      act={say('addPasskey')}
      icon={<IconFingerprint size={18} aria-hidden />}
      isRight={name.trim() !== ''}
      sending={{ isPending: isBusy, error: null }}
      failed={say('failed')}
      onSubmit={() =>
        void act(async () => {
          await addPasskey(name.trim());
          done();
        })
      }
      onClose={done}
    >
      <NameField label={say('passkeyName')} maxLength={64} value={name} onChange={setName} />
    </DialogForm>
  );
}
