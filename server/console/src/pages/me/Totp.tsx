// One-time codes: the secret as a QR code, its confirmation, and the recovery codes that come of it.
import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { useAct } from './account.ts';
import { drawQr } from './qr.ts';
import { text } from './text.ts';

/** Quiet space around the code, in modules, as scanners want it. */
const MARGIN = 4;

function Qr({ value }: { readonly value: string }) {
  const say = useText(text);
  const { size, path } = useMemo(() => drawQr(value), [value]);
  const side = size + 2 * MARGIN;
  return (
    <svg
      viewBox={`${-MARGIN} ${-MARGIN} ${side} ${side}`}
      width={192}
      height={192}
      role="img"
      aria-label={say('qr')}
      shapeRendering="crispEdges"
    >
      <rect x={-MARGIN} y={-MARGIN} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

interface Begun {
  readonly secret: string;
  readonly uri: string;
}

/** `onCodes` gets the recovery codes. */
export function TotpSetup({
  label,
  onCodes,
}: {
  readonly label: string;
  readonly onCodes: (codes: readonly string[]) => void;
}) {
  const [begun, setBegun] = useState<Begun | null>(null);
  const { act, isBusy } = useAct();
  if (begun === null)
    return (
      <Button
        size="compact-sm"
        variant="default"
        loading={isBusy}
        onClick={() => void act(async () => setBegun(await take(api.POST('/api/v1/me/totp'))))}
      >
        {label}
      </Button>
    );
  return (
    <Confirm
      begun={begun}
      onDone={(codes) => {
        setBegun(null);
        if (codes !== null) onCodes(codes);
      }}
    />
  );
}

function Confirm({
  begun,
  onDone,
}: {
  readonly begun: Begun;
  readonly onDone: (codes: readonly string[] | null) => void;
}) {
  const say = useText(text);
  const [code, setCode] = useState('');
  const { act, isBusy } = useAct();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const body = { code: code.replaceAll(' ', '') };
        void act(async () => onDone((await take(api.POST('/api/v1/me/totp/confirm', { body }))).codes));
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{say('scan')}</Text>
        <Qr value={begun.uri} />
        <Group gap={4}>
          <Code>{begun.secret}</Code>
          <CopyButton value={begun.secret} label={say('secret')} />
        </Group>
        <TextInput
          label={say('code')}
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          withAsterisk={false}
          maw={220}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={isBusy}>
            {say('confirm')}
          </Button>
          <Button variant="default" onClick={() => onDone(null)}>
            {say('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
