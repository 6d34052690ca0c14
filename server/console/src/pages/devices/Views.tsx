// Saved views: filter, order and columns under a name, one of them the one the list opens with.
import { ActionIcon, Button, Checkbox, Group, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconBookmark, IconStar, IconStarFilled, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { splitAddress } from '../../parts/PageLink.tsx';
import { PopoverButton } from '../../parts/PopoverButton.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { text } from './text.ts';

const PAGE = 'devices';
const KEY = ['views', PAGE] as const;

async function readViews() {
  return (await take(api.GET('/api/v1/views', { params: { query: { page: PAGE } } }))).views;
}

type View = Awaited<ReturnType<typeof readViews>>[number];

/** The views of the list that the person may see. */
export function useViews(): readonly View[] | undefined {
  const may = useMay();
  const { data, isError } = useQuery({
    queryKey: KEY,
    queryFn: readViews,
    enabled: may('views.own'),
    staleTime: 60_000,
  });
  return isError || !may('views.own') ? [] : data;
}

/** Acts on views; each reads the list of them again. */
function useViewAct() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** `search`: what stands behind `?` now. */
export function Views({ search }: { readonly search: string }) {
  const say = useText(text);
  const views = useViews() ?? [];
  return (
    <PopoverButton label={say('views')} icon={<IconBookmark size={15} aria-hidden />}>
      {(close) => (
        <Stack gap="xs">
          {views.length === 0 && (
            <Text size="sm" c="dimmed">
              {say('viewsNone')}
            </Text>
          )}
          {views.map((view) => (
            <Row key={view.id} view={view} onOpen={close} />
          ))}
          <SaveForm search={search} />
        </Stack>
      )}
    </PopoverButton>
  );
}

function Row({ view, onOpen }: { readonly view: View; readonly onOpen: () => void }) {
  const say = useText(text);
  const act = useViewAct();
  const { id, name } = view;
  const path = { path: { id } };
  const isDefault = view.default;
  const star = isDefault ? say('isDefault') : say('setDefault', { name });
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        component={Link}
        {...splitAddress(`/devices?${view.search}`)}
        onClick={onOpen}
        size="compact-sm"
        variant="subtle"
        flex={1}
        justify="flex-start"
      >
        {name}
      </Button>
      {!view.own && (
        <Text size="xs" c="dimmed">
          {say('sharedBy', { name: view.ownerName })}
        </Text>
      )}
      <Tooltip label={star}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={star}
          onClick={() =>
            act.mutate(() =>
              take(api.PATCH('/api/v1/views/{id}', { params: path, body: { default: !isDefault } })),
            )
          }
        >
          {isDefault ? <IconStarFilled size={15} aria-hidden /> : <IconStar size={15} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      {view.own && (
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={say('removeView', { name })}
          onClick={() => act.mutate(() => take(api.DELETE('/api/v1/views/{id}', { params: path })))}
        >
          <IconTrash size={15} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  );
}

function SaveForm({ search }: { readonly search: string }) {
  const say = useText(text);
  const may = useMay();
  const act = useViewAct();
  const [name, setName] = useState('');
  const [isDefault, setDefault] = useState(false);
  const [isShared, setShared] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const body = { page: PAGE, name: name.trim(), search, default: isDefault, shared: isShared };
        act.mutate(async () => {
          await take(api.POST('/api/v1/views', { body }));
          setName('');
        });
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={say('viewName')}
          required
          withAsterisk={false}
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label={say('viewDefault')}
          checked={isDefault}
          onChange={(event) => setDefault(event.currentTarget.checked)}
        />
        {may('views.write') && (
          <Checkbox
            size="xs"
            label={say('viewShared')}
            checked={isShared}
            onChange={(event) => setShared(event.currentTarget.checked)}
          />
        )}
        <Button type="submit" loading={act.isPending}>
          {say('saveView')}
        </Button>
        {act.isError && <Problem error={act.error} what={say('viewFailed')} />}
      </Stack>
    </form>
  );
}
