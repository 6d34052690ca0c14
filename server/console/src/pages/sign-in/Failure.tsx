// Why a way in led to nothing: something failed, or no passkey came.
import { Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { useEntering } from './enter.ts';
import { text } from './text.ts';

interface Props {
  readonly entering: Pick<ReturnType<typeof useEntering>, 'error' | 'wasCanceled'>;
  /** What failed, as a sentence without its full stop. */
  readonly failed: string;
}

export function Failure({ entering: { error, wasCanceled }, failed }: Props) {
  const say = useText(text);
  return (
    <>
      {wasCanceled && (
        <Text size="sm" role="status">
          {say('canceled')}
        </Text>
      )}
      {error !== null && <Problem error={error} what={failed} />}
    </>
  );
}
