// Adds a person with the roles he has from the first moment.
import { MultiSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { NameField } from '../../parts/NameField.tsx';
import { SendForm } from '../../parts/SendForm.tsx';
import { type Role, useNewer } from './data.ts';
import { text } from './text.ts';

interface Props {
  readonly roles: readonly Role[];
  /** Id of the new person; null: nobody was added. */
  readonly onDone: (id: string | null) => void;
}

export function NewPerson({ roles, onDone }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const [name, setName] = useState('');
  const [handle, setHandle] = useState('');
  const [held, setHeld] = useState<string[]>(['viewer']);
  const add = async () => {
    const body = { name: name.trim(), roles: held, ...(handle === '' ? {} : { id: handle }) };
    const { id } = await take(api.POST('/api/v1/persons', { body }));
    await newer();
    onDone(id);
  };
  return (
    <SendForm
      act={say('create')}
      isRight={name.trim() !== ''}
      send={add}
      failed={say('saveFailed')}
      onClose={() => onDone(null)}
    >
      <NameField label={say('name')} maxLength={128} value={name} onChange={setName} />
      <TextInput
        label={say('handle')}
        description={say('handleHelp')}
        value={handle}
        maxLength={64}
        onChange={(event) => setHandle(event.currentTarget.value.toLowerCase())}
      />
      <MultiSelect
        label={say('roles')}
        description={say('rolesHelp')}
        value={held}
        onChange={setHeld}
        data={roles.map((role) => ({ value: role.id, label: role.name }))}
      />
    </SendForm>
  );
}
