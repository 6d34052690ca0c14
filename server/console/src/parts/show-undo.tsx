// Says that something was done, and for ten seconds how to take it back.
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** A harmless change can be taken back for so long, ms. */
const UNDO_MS = 10_000;

/** `undo` is the word on the button. */
export function showUndo({
  done,
  undo,
  onUndo,
}: {
  readonly done: string;
  readonly undo: string;
  readonly onUndo: () => void;
}): void {
  const id = notifications.show({
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{done}</Text>
        <Button
          size="compact-sm"
          variant="default"
          flex="none"
          onClick={() => {
            notifications.hide(id);
            onUndo();
          }}
        >
          {undo}
        </Button>
      </Group>
    ),
  });
}
