// One's own account.
import { Alert, Box, Button, Group, Skeleton, Table } from '@mantine/core';
import { IconShieldLock } from '@tabler/icons-react';
import { api, take } from '../../api/client.ts';
import { useMay, useSession } from '../../app/session.ts';
import { useSettled } from '../../app/settled.ts';
import { useText } from '../../app/text.ts';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { type Account, useAccount, useTrust, useWhoami } from '../../signing/me.ts';
import { useAct } from './account.ts';
import { Keys } from './Keys.tsx';
import { Passkeys } from './Passkeys.tsx';
import { Password } from './Password.tsx';
import { Section } from './Section.tsx';
import { Sessions } from './Sessions.tsx';
import { text } from './text.ts';

/** About as tall as what comes, px. */
const OUTLINE_PX = 720;

export function View() {
  const say = useText(text);
  const session = useSession();
  const account = useAccount();
  const enabled = useMay()('trust.read');
  const trust = useTrust({ enabled });
  const whoami = useWhoami({ enabled });
  const head = <PageHead title={say('title')} docs="architecture/access#sign-in" />;
  // All of it at once: what came later would move what stands below it.
  const isSettled = useSettled(account.isLoading || trust.isLoading || whoami.isLoading);
  if (!isSettled)
    return (
      <>
        {head}
        <Skeleton h={OUTLINE_PX} maw={860} />
      </>
    );
  return (
    <>
      {head}
      {session.data?.mustSetUp === 'second-factor' && (
        <Alert
          color="yellow"
          icon={<IconShieldLock aria-hidden />}
          title={say('mustTitle')}
          mb="lg"
          maw={860}
        >
          {say('must')}
        </Alert>
      )}
      <Box maw={860}>
        <Loaded query={account} failed={say('accountFailed')} heightPx={OUTLINE_PX}>
          {(found) => (
            <>
              <Passkeys account={found} />
              <Password account={found} />
              <Identities account={found} />
            </>
          )}
        </Loaded>
      </Box>
      {session.data?.mustSetUp === null && (
        <>
          <Keys />
          <Sessions />
        </>
      )}
    </>
  );
}

function Identities({ account }: { readonly account: Account }) {
  const say = useText(text);
  const { act, isBusy } = useAct();
  const providers = useSession().data?.methods.oidc ?? [];
  if (account.identities.length + providers.length === 0) return null;
  const link = async (id: string) => {
    const wish = { params: { path: { id } }, body: { next: '/me' } };
    location.assign((await take(api.POST('/api/v1/me/oidc/{id}', wish))).url);
  };
  return (
    <Section title={say('identities')}>
      <Group mb="xs">
        {providers.map(({ id, name }) => (
          <Button
            key={id}
            size="compact-sm"
            variant="default"
            disabled={isBusy}
            onClick={() => void act(() => link(id))}
          >
            {say('link', { name })}
          </Button>
        ))}
      </Group>
      <Table>
        <Table.Tbody>
          {account.identities.map(({ id, issuer, name }) => (
            <Table.Tr key={id}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>{issuer}</Table.Td>
              <Table.Td ta="end">
                <RowButton
                  isGrave
                  word={say('unlink')}
                  name={say('unlink')}
                  isDisabled={isBusy}
                  onClick={() =>
                    void act(() =>
                      take(api.DELETE('/api/v1/me/identities/{id}', { params: { path: { id } } })),
                    )
                  }
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
