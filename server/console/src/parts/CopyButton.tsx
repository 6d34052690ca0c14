// Puts a text into the clipboard, exactly as it is, and says that it did.
import { ActionIcon, Button, CopyButton as Copy, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useText } from '../app/text.ts';
import { text } from './text.ts';

interface Props {
  /** What is copied. */
  readonly value: string;
  /** What the button is called; "Copy" unless said otherwise. */
  readonly label?: string;
  /** With its word beside the icon, for the main thing on a page. */
  readonly isWide?: boolean;
}

export function CopyButton({ value, label, isWide = false }: Props) {
  const say = useText(text);
  const name = label ?? say('copy');
  return (
    <Copy value={value}>
      {({ copied, copy }) => {
        const icon = copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
        return isWide ? (
          <Button variant="default" onClick={copy} leftSection={icon} aria-live="polite">
            {copied ? say('copied') : name}
          </Button>
        ) : (
          <Tooltip label={copied ? say('copied') : name}>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={copied ? say('copied') : name}
            >
              {icon}
            </ActionIcon>
          </Tooltip>
        );
      }}
    </Copy>
  );
}
