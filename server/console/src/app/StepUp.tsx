// Asks the person to show that it is he, when the server wants that before an act; the act is then sent again.
import { Modal } from '@mantine/core';
import { Proof } from './Proof.tsx';
import { useProofAsked } from './step-up.ts';
import { texts, useText } from './text.ts';

const text = texts({
  en: { title: 'Confirm that it is you' },
  de: { title: 'Bestätigen, dass Sie es sind' },
});

/** The dialog; one for the whole console. */
export function StepUp() {
  const say = useText(text);
  const answer = useProofAsked();
  return (
    <Modal
      opened={answer !== null}
      onClose={() => answer?.(false)}
      title={say('title')}
      zIndex={1_000}
      closeOnClickOutside={false}
    >
      <Proof onProven={() => answer?.(true)} />
    </Modal>
  );
}
