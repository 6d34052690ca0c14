// Adds a script or file: what is signed with the bytes, the first signature by a gesture where that may be, else the line for a terminal.
import { Button, FileInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { classOf, toUnsigned } from '@muster/protocol';
import { CONTENT_TYPE } from '@muster/protocol/commands';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { CliCommand } from '../../signing/CliCommand.tsx';
import type { Signing } from '../../signing/use-signing.ts';
import { FileFields, ScriptFields } from './AddFields.tsx';
import { type Chosen, draftContent, initialChosen, toAddLine, upload } from './add.ts';
import { text } from './text.ts';

interface Props {
  readonly signing: Signing;
  readonly onAdded: (digest: string) => void;
}

function useAdd({ signing, onAdded }: Props, chosen: Chosen) {
  const queries = useQueryClient();
  const { trust } = signing;
  const wish = {
    role: 'request',
    kind: 'content',
    commandClass: classOf('content', trust.classes),
  } as const;
  const way = signing.wayOf(wish);
  const add = useMutation({
    mutationFn: async (file: File) => {
      if (way.by !== 'passkey') throw new Error('signing by passkey is not possible here');
      const document = await draftContent({ ...chosen, file }, { trust, requester: way.signer });
      const envelope = await signing.seal(toUnsigned(CONTENT_TYPE, document), way);
      const made = await take(api.POST('/api/v1/content', { body: { envelope } }));
      await upload(made, file);
      return made.digest;
    },
    onSuccess: async (digest) => {
      await queries.invalidateQueries({ queryKey: ['content'] });
      onAdded(digest);
    },
  });
  return { add, way, wish };
}

export function AddForm(props: Props) {
  const { signing } = props;
  const say = useText(text);
  const [chosen, setChosen] = useState<Chosen>(initialChosen);
  const { add, way, wish } = useAdd(props, chosen);
  const change = (part: Partial<Chosen>) => setChosen((before) => ({ ...before, ...part }));
  const { file } = chosen;
  return (
    <Stack gap="sm">
      <Text size="sm">{say(signing.trust.mode === 'hardened' ? 'two' : 'one')}</Text>
      <SegmentedControl
        aria-label={say('use')}
        data={[
          { value: 'script', label: say('script') },
          { value: 'file', label: say('file') },
        ]}
        value={chosen.use}
        onChange={(use) => change({ use: use === 'file' ? 'file' : 'script' })}
      />
      <FileInput
        label={say('body1')}
        description={say('bodyHelp')}
        withAsterisk
        value={file}
        onChange={(next) => change({ file: next })}
      />
      <TextInput
        label={say('name')}
        placeholder={file?.name ?? ''}
        maxLength={128}
        value={chosen.name}
        onChange={({ currentTarget }) => change({ name: currentTarget.value })}
      />
      {chosen.use === 'script' ? (
        <ScriptFields chosen={chosen} onChange={change} />
      ) : (
        <FileFields chosen={chosen} onChange={change} />
      )}
      <TextInput
        label={say('reason')}
        maxLength={512}
        value={chosen.reason}
        onChange={({ currentTarget }) => change({ reason: currentTarget.value })}
      />
      {add.isError && <Problem error={add.error} what={say('addFailed')} />}
      {way.by === 'passkey' ? (
        <Button
          disabled={file === null}
          loading={add.isPending}
          onClick={() => {
            if (file !== null) add.mutate(file);
          }}
        >
          {say('sign')}
        </Button>
      ) : (
        <CliCommand
          way={way}
          wish={wish}
          trust={signing.trust}
          lines={[{ label: say('line'), line: toAddLine(chosen) }]}
        />
      )}
    </Stack>
  );
}
