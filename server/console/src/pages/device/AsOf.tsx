// "As it was on": the moment of which the inventory is shown, kept in the address.
import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useText } from '../../app/text.ts';
import { fromLocalInput, toLocalInput } from '../../parts/format/times.ts';
import { useFormat } from '../../parts/format.ts';
import { useSearchState } from '../../parts/search-state.ts';
import { type DeviceSearch, parseSearch } from './search.ts';
import { text } from './text-inventory.ts';

export function AsOf({ children }: { readonly children: ReactNode }) {
  const say = useText(text);
  const format = useFormat();
  const [{ at }, set] = useSearchState<DeviceSearch>(parseSearch);
  return (
    <Stack gap="sm">
      {at !== undefined && (
        <Alert color="blue" variant="light" icon={<IconHistory aria-hidden />} py="xs" role="status">
          <Group justify="space-between" gap="xs">
            <span>{say('asOfBanner', { moment: format.exact(Date.parse(at)) })}</span>
            <Button size="compact-sm" variant="default" onClick={() => set({ at: null })}>
              {say('asOfNow')}
            </Button>
          </Group>
        </Alert>
      )}
      <Group justify="flex-end">
        <Moment label={say('asOf')} at={at} onAt={(next) => set({ at: next })} />
      </Group>
      {children}
    </Stack>
  );
}

/** A moment in the reader's zone; empty is now. The browser's own control knows its language and its keys. */
export function Moment({
  label,
  at,
  onAt,
}: {
  readonly label: string;
  readonly at: string | undefined;
  readonly onAt: (at: string | null) => void;
}) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={at === undefined ? '' : toLocalInput(Date.parse(at))}
      max={toLocalInput(Date.now())}
      onChange={({ currentTarget: { value } }) => {
        const moment = fromLocalInput(value);
        onAt(moment === null ? null : new Date(moment).toISOString());
      }}
    />
  );
}
