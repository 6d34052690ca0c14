// One's own keys as the server knows them: which of them the trust document names, and how to get rid of the others.
import { Code, Table, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { useTrust, useWhoami, WHOAMI } from '../../signing/me.ts';
import { useAct } from './account.ts';
import { Section } from './Section.tsx';
import { text } from './text.ts';

/** Nothing while there are none, or for somebody who may not see what is trusted. */
export function Keys() {
  const say = useText(text);
  const enabled = useMay()('trust.read');
  const trust = useTrust({ enabled }).data?.document;
  const keys = useWhoami({ enabled }).data?.person?.keys ?? [];
  if (trust === undefined || keys.length === 0) return null;
  const signerOf = (key: string) =>
    trust.signers.find((one) => one.keys.some((held) => held.key === key))?.id;
  return (
    <Section title={say('keys')} why={say('keysWhy')}>
      <ShortTable
        label={say('keys')}
        minWidthPx={520}
        heads={[say('keyName'), say('added'), say('keyState'), { word: say('remove'), isHidden: true }]}
      >
        {keys.map(({ key, ...one }) => (
          <KeyRow key={key} {...one} signer={signerOf(key)} />
        ))}
      </ShortTable>
    </Section>
  );
}

interface KeyProps {
  readonly keyid: string;
  readonly name: string;
  readonly scheme: string;
  readonly at: string;
  /** Who signs with it, by the trust document; undefined: nobody. */
  readonly signer: string | undefined;
}

function KeyRow({ keyid, name, scheme, at, signer }: KeyProps) {
  const say = useText(text);
  const queries = useQueryClient();
  const { act, isBusy } = useAct();
  const remove = async () => {
    const path = { id: keyid };
    queries.setQueryData(WHOAMI, await take(api.DELETE('/api/v1/me/keys/{id}', { params: { path } })));
  };
  return (
    <Table.Tr>
      <Table.Td>
        {name}
        <Text size="xs" c="dimmed">
          {scheme === 'ed25519' ? say('keyFile') : say('passkey')} <Code>{keyid}</Code>
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={at} />
      </Table.Td>
      <Table.Td>
        <Status
          tone={signer === undefined ? 'idle' : 'good'}
          word={signer === undefined ? say('keyUnnamed') : say('keyNamed', { signer })}
        />
        {signer !== undefined && (
          <>
            <Text size="xs">{say('keyFirst')}</Text>
            <Command command={`muster trust remove-key ${signer} ${keyid}`} />
          </>
        )}
      </Table.Td>
      <Table.Td ta="end">
        <RowButton
          isGrave
          word={say('remove')}
          name={say('removeKey', { name, keyid })}
          isDisabled={isBusy || signer !== undefined}
          onClick={() => void act(remove)}
        />
      </Table.Td>
    </Table.Tr>
  );
}
