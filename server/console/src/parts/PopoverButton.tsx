// A button that opens a small form below it.
import { Button, Popover } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly icon: ReactNode;
  /** Absent: as high as a field. */
  readonly size?: 'sm' | 'compact-sm';
  /** What is shown; it gets what closes it. */
  readonly children: (close: () => void) => ReactNode;
}

export function PopoverButton({ label, icon, size = 'sm', children }: Props) {
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
        <Button variant="default" size={size} leftSection={icon} onClick={toggle}>
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown w={320}>{children(close)}</Popover.Dropdown>
    </Popover>
  );
}
