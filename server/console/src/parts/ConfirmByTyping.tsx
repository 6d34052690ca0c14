// Before something dangerous: what happens, how to undo it, and the name or number typed out.
import { Code, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../app/text.ts';
import { Dialog } from './Dialog.tsx';
import { SendForm } from './SendForm.tsx';
import { text } from './text.ts';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What happens, in a sentence or two. */
  readonly happens: string;
  /** How to undo it, or that it cannot be undone. */
  readonly undo: string;
  /** What has to be typed: the name of the thing, or how many there are. */
  readonly expected: string;
  /** The word on the button: "Retire web-01", never "OK". */
  readonly act: string;
  /** Does it; closes when it is done, shows the problem when it throws. */
  readonly onConfirm: () => Promise<void>;
}

export function ConfirmByTyping(props: Props) {
  const { opened, onClose, title } = props;
  return (
    <Dialog opened={opened} onClose={onClose} title={title} size="md">
      <Question {...props} />
    </Dialog>
  );
}

/** Made anew each time it is opened, so that nothing is typed in already. */
function Question({ onClose, happens, undo, expected, act, onConfirm }: Props) {
  const say = useText(text);
  const [typed, setTyped] = useState('');
  return (
    <SendForm
      isGrave
      act={act}
      isRight={typed.trim() === expected}
      send={async () => {
        await onConfirm();
        onClose();
      }}
      failed={say('failed')}
      onClose={onClose}
    >
      <Text>{happens}</Text>
      <Text size="sm">
        <Text span inherit fw={600}>
          {say('undo')}
        </Text>
        {': '}
        {undo}
      </Text>
      <Code block>{expected}</Code>
      <TextInput
        data-autofocus
        label={say('typeToConfirm', { expected })}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
    </SendForm>
  );
}
