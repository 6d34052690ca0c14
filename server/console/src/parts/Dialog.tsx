// A dialog, in the middle or at the side: its close button has a name, and its head is no landmark of the page.
import { Drawer, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { texts, useText } from '../app/text.ts';

const text = texts({ en: { close: 'Close' }, de: { close: 'Schließen' } });

/** A `header` would count as another banner of the page. */
const attributes = { header: { role: 'none' } };

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly size?: 'md' | 'lg' | 'xl';
  /** At the side, for what belongs to a row behind it. */
  readonly isSide?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ isSide = false, size = 'md', ...props }: Props) {
  const say = useText(text);
  const shared = { ...props, size, attributes, closeButtonProps: { 'aria-label': say('close') } };
  return isSide ? <Drawer {...shared} position="right" /> : <Modal {...shared} />;
}
