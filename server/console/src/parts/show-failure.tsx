// Tells of what failed where no form stands that could: it stays until it is closed.
import { notifications } from '@mantine/notifications';
import { Problem } from './Problem.tsx';

/** `what`: what was tried, as a sentence; absent: the problem says enough. */
export function showFailure(error: unknown, what?: string): void {
  const message = <Problem error={error} {...(what === undefined ? {} : { what })} />;
  notifications.show({ color: 'red', autoClose: false, withBorder: true, message });
}
