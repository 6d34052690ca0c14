// One's own account in the head of the page; its menu is loaded when somebody reaches for it.
import { type ComponentType, useState } from 'react';
import { showFailure } from '../parts/show-failure.tsx';
import { AccountButton } from './AccountButton.tsx';
import { loadAgain, readLate } from './late.ts';
import { texts, useText } from './text.ts';

const text = texts({
  en: { failed: 'The menu could not be loaded' },
  de: { failed: 'Das Menü konnte nicht geladen werden' },
});

const read = async () => (await loadAgain(() => import('./AccountMenu.tsx'))).AccountMenu;
/** Who reaches for it will press; whether it is there shows then. */
const readAhead = () => void read().catch(() => null);

export function UserMenu() {
  const say = useText(text);
  const [Menu, setMenu] = useState<ComponentType | null>(null);
  async function open(): Promise<void> {
    const menu = await readLate('menu', read);
    if (menu === null) showFailure(null, say('failed'));
    setMenu(() => menu);
  }
  if (Menu !== null) return <Menu />;
  return (
    <AccountButton
      aria-expanded={false}
      onPointerEnter={readAhead}
      onFocus={readAhead}
      onClick={() => void open()}
    />
  );
}
