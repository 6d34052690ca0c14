// Asks why something is stopped: others will want to know.
import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../app/text.ts';
import { DialogForm } from '../parts/DialogForm.tsx';
import { text } from './text.ts';

interface Props {
  /** What happens, in a sentence or two. */
  readonly happens: string;
  /** The reason unless another one is written. */
  readonly usual: string;
  readonly act: string;
  readonly isGrave: boolean;
  readonly sending: { readonly isPending: boolean; readonly error: unknown };
  readonly failed: string;
  readonly onSubmit: (reason: string) => void;
  readonly onClose: () => void;
}

export function ReasonForm({ happens, usual, onSubmit, ...form }: Props) {
  const say = useText(text);
  const [reason, setReason] = useState(usual);
  const written = reason.trim();
  return (
    <DialogForm {...form} leave={say('close')} isRight={written !== ''} onSubmit={() => onSubmit(written)}>
      <Text size="sm">{happens}</Text>
      <TextInput
        data-autofocus
        label={say('reason')}
        maxLength={512}
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
    </DialogForm>
  );
}
