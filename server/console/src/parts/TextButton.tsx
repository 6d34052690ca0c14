// A button that looks like a link: the other way to do the same.
import { Anchor } from '@mantine/core';

interface Props {
  readonly word: string;
  readonly onClick: () => void;
}

export function TextButton({ word, onClick }: Props) {
  return (
    <Anchor component="button" type="button" size="sm" ta="start" onClick={onClick}>
      {word}
    </Anchor>
  );
}
