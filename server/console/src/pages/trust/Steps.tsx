// How to harden: each step with its command for a terminal, ticked off from the document in force.
import { Box, Stack, Text, Title } from '@mantine/core';
import type { TrustDocument } from '@muster/protocol';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Status } from '../../parts/Status.tsx';
import { text } from './text.ts';

/** Commands for a terminal: not words of a language. */
const commands = {
  harden: 'muster trust harden',
  exportRoot: 'muster trust export-root /media/stick/root.key.json --remove',
  makeKey: 'muster keys new && muster persons add-key',
  addSigner: 'muster trust add-signer berta --mode hardened',
  addPasskey: 'muster persons && muster trust add-key berta --passkey 1f2e3d4c5b6a7988',
  show: 'muster trust show',
} as const;

interface Step {
  readonly title: string;
  readonly why: string;
  readonly lines: readonly { readonly label?: string; readonly command: string }[];
  /** Null: nothing of the document says it. */
  readonly isDone: boolean | null;
}

function useSteps(document: TrustDocument, soft: readonly string[]): readonly Step[] {
  const say = useText(text);
  const persons = document.signers.filter(({ kind }) => kind === 'person');
  const passkeys = document.signers.flatMap(({ keys }) => keys.filter(({ scheme }) => scheme !== 'ed25519'));
  const liesBeside = soft.some((sentence) => sentence.includes('beside the server'));
  return [
    {
      title: say('ownKey'),
      why: say('ownKeyWhy'),
      lines: [{ command: commands.harden }],
      isDone: document.mode !== 'quickstart' && !liesBeside,
    },
    {
      title: say('offline'),
      why: say('offlineWhy'),
      lines: [{ command: commands.exportRoot }],
      isDone: null,
    },
    {
      title: say('second'),
      why: say('secondWhy'),
      lines: [
        { label: say('secondMake'), command: commands.makeKey },
        { label: say('secondAdd'), command: commands.addSigner },
      ],
      isDone: document.mode === 'hardened' && persons.length > 1,
    },
    {
      title: say('passkeys'),
      why: say('passkeysWhy'),
      lines: [
        { label: say('passkeyOrigin'), command: `muster trust set-origins ${location.origin}` },
        { label: say('passkeyAdd'), command: commands.addPasskey },
      ],
      isDone: passkeys.length > 0,
    },
    { title: say('look'), why: say('lookWhy'), lines: [{ command: commands.show }], isDone: null },
  ];
}

interface Props {
  readonly document: TrustDocument;
  readonly soft: readonly string[];
}

export function Steps({ document, soft }: Props) {
  const say = useText(text);
  const steps = useSteps(document, soft);
  return (
    <Box component="section" maw={780}>
      <Title order={2} fz="md" mb={6}>
        {say('steps')}
      </Title>
      <Stack gap="md" component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map((step, index) => (
          <Box component="li" key={step.title}>
            <Stack gap={4}>
              <Text fw={600} size="sm">
                {say('step', { number: index + 1, title: step.title })}
              </Text>
              {step.isDone !== null && (
                <Box fz="sm">
                  <Status tone={step.isDone ? 'good' : 'idle'} word={say(step.isDone ? 'done' : 'open')} />
                </Box>
              )}
              <Text size="sm" c="dimmed">
                {step.why}
              </Text>
              {step.lines.map(({ label, command }) => (
                <Box key={command}>
                  {label !== undefined && <Text size="xs">{label}</Text>}
                  <Command command={command} />
                </Box>
              ))}
            </Stack>
          </Box>
        ))}
      </Stack>
    </Box>
  );
}
