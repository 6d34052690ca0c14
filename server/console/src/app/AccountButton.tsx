// The button of one's own account.
import { ActionIcon, type ActionIconProps, type ElementProps } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import type { Ref } from 'react';
import { useSession } from './session.ts';
import { texts, useText } from './text.ts';

const text = texts({ en: { account: 'Account of {{name}}' }, de: { account: 'Konto von {{name}}' } });

interface Props extends ElementProps<'button', keyof ActionIconProps> {
  readonly ref?: Ref<HTMLButtonElement>;
}

export function AccountButton(props: Props) {
  const say = useText(text);
  const { data } = useSession();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={say('account', { name: data?.person?.name ?? '' })}
      aria-haspopup="menu"
      {...props}
    >
      <IconUserCircle size={20} aria-hidden />
    </ActionIcon>
  );
}
