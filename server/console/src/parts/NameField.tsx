// The first field of a form in a dialog: what a thing is called, or why it is done.
import { TextInput } from '@mantine/core';

interface Props {
  readonly label: string;
  readonly description?: string;
  readonly maxLength: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function NameField({ onChange, ...field }: Props) {
  return (
    <TextInput data-autofocus required onChange={(event) => onChange(event.currentTarget.value)} {...field} />
  );
}
