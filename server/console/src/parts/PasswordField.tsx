// Where a password is typed or pasted; it can be looked at.
import { PasswordInput } from '@mantine/core';
import { useText } from '../app/text.ts';
import { text } from './text.ts';

interface Props {
  readonly label: string;
  readonly description?: string;
  /** Name of the field, for managers of passwords. */
  readonly name?: string;
  readonly autoComplete: 'current-password' | 'new-password';
  /** Width, px; absent: as wide as there is room. */
  readonly w?: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function PasswordField({ onChange, ...field }: Props) {
  const say = useText(text);
  return (
    <PasswordInput
      required
      withAsterisk={false}
      visibilityToggleButtonProps={{ 'aria-label': say('showPassword'), tabIndex: 0 }}
      onChange={(event) => onChange(event.currentTarget.value)}
      {...field}
    />
  );
}
