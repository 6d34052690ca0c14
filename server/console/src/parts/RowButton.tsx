// A small button in a row of a list.
import { Button } from '@mantine/core';

interface Props {
  readonly word: string;
  /** What it is called aloud, with what the row is about: "Revoke web servers". */
  readonly name: string;
  /** It takes something away. */
  readonly isGrave?: boolean;
  /** It is being done. */
  readonly isBusy?: boolean;
  /** It cannot be done now. */
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

export function RowButton({
  word,
  name,
  isGrave = false,
  isBusy = false,
  isDisabled = false,
  onClick,
}: Props) {
  const look = isGrave ? { variant: 'subtle', color: 'red' } : { variant: 'default' };
  const state = { loading: isBusy, disabled: isDisabled };
  return (
    <Button size="compact-xs" {...look} {...state} flex="none" aria-label={name} onClick={onClick}>
      {word}
    </Button>
  );
}
