// A form in a dialog whose button sends it, once: what fails stands below its fields, and what was entered is kept.
import { useMutation } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { DialogForm } from './DialogForm.tsx';

interface Props extends Omit<ComponentProps<typeof DialogForm>, 'sending' | 'onSubmit'> {
  /** Sends it, and does what comes after: reads anew, closes. @throws what is shown */
  readonly send: () => Promise<unknown>;
}

export function SendForm({ send, ...form }: Props) {
  const sending = useMutation({ mutationFn: send });
  return <DialogForm {...form} sending={sending} onSubmit={() => sending.mutate()} />;
}
