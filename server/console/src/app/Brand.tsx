// The name of the console in the head of the page; leads Home.
import { UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { texts, useText } from './text.ts';

const text = texts({ en: { brand: 'Muster' }, de: { brand: 'Muster' } });

export function Brand() {
  const say = useText(text);
  return (
    <UnstyledButton component={Link} to="/" className="muster-brand">
      <img src="/icon.svg" alt="" width={22} height={22} />
      {say('brand')}
    </UnstyledButton>
  );
}
