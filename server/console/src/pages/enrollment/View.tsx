// Enrollment: who waits to be approved, the tokens, and a dialog that leads a device in.
import { Box, Button, Code, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { When } from '../../parts/When.tsx';
import { Decide } from './Decide.tsx';
import { useComing, usePending } from './data.ts';
import { parseSearch } from './search.ts';
import { type MadeToken, TokenForm } from './TokenForm.tsx';
import { Tokens } from './Tokens.tsx';
import { text } from './text.ts';
import { Waiting } from './Waiting.tsx';

export function View() {
  const say = useText(text);
  const may = useMay();
  const [{ new: isNew }, set] = useSearchState(parseSearch);
  useComing();
  const open = () => set({ new: 'yes' });
  const mayMake = may('enrollment.write');
  return (
    <Stack gap="lg">
      <PageHead
        title={say('title')}
        docs="installation"
        actions={
          mayMake && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
              {say('enroll')}
            </Button>
          )
        }
      />
      <Pending mayDecide={may('devices.write')}>
        <Tokens {...(mayMake ? { onNew: open } : {})} />
      </Pending>
      <Dialog
        opened={mayMake && isNew === 'yes'}
        onClose={() => set({ new: null })}
        title={say('enroll')}
        size="lg"
      >
        <Steps onClose={() => set({ new: null })} />
      </Dialog>
    </Stack>
  );
}

/** First what the token is, then the command. */
function Steps({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<MadeToken | null>(null);
  if (made === null) return <TokenForm onMade={setMade} onCancel={onClose} />;
  return <Waiting made={made} onDone={onClose} />;
}

/** `children`: what stands below, shown once it is known where that is. */
function Pending({ mayDecide, children }: { readonly mayDecide: boolean; readonly children: ReactNode }) {
  const say = useText(text);
  const pending = usePending();
  return (
    <>
      <Loaded query={pending} failed={say('pendingFailed')} heightPx={160}>
        {({ items }) => items.length > 0 && <PendingList devices={items} mayDecide={mayDecide} />}
      </Loaded>
      {!pending.isPending && children}
    </>
  );
}

interface PendingProps {
  readonly devices: NonNullable<ReturnType<typeof usePending>['data']>['items'];
  readonly mayDecide: boolean;
}

function PendingList({ devices, mayDecide }: PendingProps) {
  const say = useText(text);
  return (
    <Box component="section">
      <Title order={2} fz="md">
        {say('pending')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {say('pendingWhy')}
      </Text>
      <ShortTable
        label={say('pending')}
        minWidthPx={560}
        heads={[say('host'), say('fingerprint'), say('came'), { word: say('approve'), isHidden: true }]}
      >
        {devices.map((device) => (
          <Table.Tr key={device.id}>
            <Table.Td>{device.hostname}</Table.Td>
            <Table.Td>
              <Code>{device.fingerprint}</Code>
            </Table.Td>
            <Table.Td>
              <When at={device.enrolledAt ?? null} />
            </Table.Td>
            <Table.Td>{mayDecide && <Decide device={device} mayReject />}</Table.Td>
          </Table.Tr>
        ))}
      </ShortTable>
    </Box>
  );
}
