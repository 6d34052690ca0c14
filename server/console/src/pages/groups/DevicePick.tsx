// Finds one device by the beginning of its name.
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { text } from './text.ts';

const WAIT_MS = 150;
const MAX_SHOWN = 20;

interface Props {
  readonly label: string;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

export function DevicePick({ label, value, onChange }: Props) {
  const say = useText(text);
  const [typed, setTyped] = useState('');
  const [hostname] = useDebouncedValue(typed, WAIT_MS);
  const { data } = useQuery({
    queryKey: ['device-pick', hostname],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/devices', {
          params: { query: { hostname, limit: MAX_SHOWN, fields: 'id,hostname' } },
          signal,
        }),
      ),
  });
  const devices = data?.items ?? [];
  return (
    <Select
      label={label}
      placeholder={say('findDevice')}
      nothingFoundMessage={say('noDevice')}
      searchable
      clearable
      value={value}
      onChange={onChange}
      onSearchChange={setTyped}
      // The server has searched: a label of a chosen device is no beginning of others.
      filter={({ options }) => options}
      data={devices.map((device) => ({ value: device.id, label: device.hostname }))}
    />
  );
}
