// What failed, why, what to do, and the id under which the server's log knows it.
import { Alert, Button, Code, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError } from '../api/client.ts';
import { useText } from '../app/text.ts';
import { CopyButton } from './CopyButton.tsx';
import { text } from './text.ts';

interface Props {
  /** What was thrown; an `ApiError` says most. */
  readonly error: unknown;
  /** What failed, as a sentence without its full stop: "The devices could not be loaded". */
  readonly what?: string;
  /** Tries it again; absent where that makes no sense. */
  readonly retry?: () => void;
}

export function Problem({ error, what, retry }: Props) {
  const say = useText(text);
  const known = error instanceof ApiError ? error : null;
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={what ?? say('failed')}
    >
      <Text size="sm">{known?.message ?? say('unknown')}</Text>
      {known !== null && known.fields.length > 0 && (
        <List size="sm" mt={4}>
          {known.fields.map(({ path, message }) => (
            <List.Item key={path}>
              <Code>{path}</Code> {message}
            </List.Item>
          ))}
        </List>
      )}
      <Group gap="xs" mt="xs">
        {retry !== undefined && (
          <Button size="compact-sm" variant="default" onClick={retry}>
            {say('retry')}
          </Button>
        )}
        {known?.requestId != null && (
          <Group gap={4} wrap="nowrap">
            <Text size="xs">{say('request')}</Text>
            <Code>{known.requestId}</Code>
            <CopyButton value={known.requestId} label={say('copyRequest')} />
          </Group>
        )}
      </Group>
    </Alert>
  );
}
