// What lies over every page when it is asked for; no part of the first paint.
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import { Notifications } from '@mantine/notifications';
import { ApiCall } from './ApiCall.tsx';
import { Palette } from './Palette.tsx';
import { Shortcuts } from './Shortcuts.tsx';
import { StepUp } from './StepUp.tsx';

export function Overlays() {
  return (
    <>
      <Notifications position="bottom-right" />
      <Palette />
      <Shortcuts />
      <ApiCall />
      <StepUp />
    </>
  );
}
