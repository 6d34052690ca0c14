// A command for a terminal with its Copy button; the clipboard gets exactly the command.
import { Code, Group } from '@mantine/core';
import { useText } from '../app/text.ts';
import { CopyButton } from './CopyButton.tsx';
import { text } from './text.ts';

export function Command({ command }: { readonly command: string }) {
  const say = useText(text);
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Code block flex={1} className="muster-command" tabIndex={0}>
        {command}
      </Code>
      <CopyButton value={command} label={say('copyCommand')} />
    </Group>
  );
}
