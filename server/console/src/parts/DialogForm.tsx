// The frame of a form in a dialog: its fields, what failed, and the two ways out.
import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../app/text.ts';
import { Problem } from './Problem.tsx';
import { text } from './text.ts';

interface Props {
  /** The word on the button: "Make the group", never "OK". */
  readonly act: string;
  readonly icon?: ReactNode;
  /** It takes something away. */
  readonly isGrave?: boolean;
  /** What was entered can be sent. */
  readonly isRight: boolean;
  /** The request: under way, or why it failed. */
  readonly sending: { readonly isPending: boolean; readonly error: unknown };
  /** What failed, as a sentence without its full stop. */
  readonly failed: string;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  /** The word for leaving it; "Cancel" unless that is what the act itself is called. */
  readonly leave?: string;
  readonly children: ReactNode;
}

export function DialogForm(props: Props) {
  const { act, icon, isGrave = false, isRight, sending, failed, onSubmit, onClose, leave, children } = props;
  const say = useText(text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight) onSubmit();
      }}
    >
      <Stack gap="sm">
        {children}
        {sending.error !== null && <Problem error={sending.error} what={failed} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {leave ?? say('cancel')}
          </Button>
          <Button
            type="submit"
            disabled={!isRight}
            loading={sending.isPending}
            leftSection={icon}
            {...(isGrave && { color: 'red' })}
          >
            {act}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
