// A button that opens a small form below it.
import { Button, Popover } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly icon: ReactNode;
  /** What is shown; it gets what closes it. */
  readonly children: (close: () => void) => ReactNode;
}

export function PopoverButton({ label, icon, children }: Props) {
  const [isOpen, { toggle, close }] = useDisclosure();
  return (
    <Popover
      opened={isOpen}
      onChange={(next) => !next && close()}
      position="bottom-end"
      withinPortal
      trapFocus
    >
      <Popover.Target>
        <Button variant="default" leftSection={icon} onClick={toggle}>
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown w={320}>{children(close)}</Popover.Dropdown>
    </Popover>
  );
}
