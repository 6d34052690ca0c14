// What is offered at the cursor: words of the language at once, names of groups and labels once the server has told them.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { findFault } from './check.ts';
import { complete, type Suggestion } from './complete.ts';
import {
  type Asked,
  findAsked,
  fitNames,
  listLabels,
  MAX_NAMES,
  type Name,
  whoHas,
  writeName,
} from './names.ts';

/** A pause in typing after which names are asked for, ms. */
const WAIT_MS = 150;
/** Names change rarely, ms. */
const FRESH_MS = 30_000;
/** Devices whose labels are looked at; ids are drawn by lot, so these stand for all. */
const DEVICES = 200;

/** Names that the server told, and whether there may be others. */
interface Told {
  readonly names: readonly Name[];
  readonly isAll: boolean;
}

async function readGroups(signal: AbortSignal): Promise<Told> {
  const { groups } = await take(api.GET('/api/v1/groups', { signal }));
  const names = groups.map(({ name, description, expression }) => ({
    name,
    description: description === '' ? (expression ?? '') : description,
  }));
  return { names, isAll: true };
}

async function readLabels(key: string, on: string, signal: AbortSignal): Promise<Told> {
  const wish = { sort: 'id', limit: DEVICES, fields: 'id,labels' } as const;
  const query = on === '' ? wish : { ...wish, on };
  const { items, next } = await take(api.GET('/api/v1/devices', { params: { query }, signal }));
  return {
    names: listLabels(
      items.map(({ labels }) => labels ?? {}),
      key,
    ),
    isAll: next === null,
  };
}

/** Names for what is asked; undefined while they are not known. */
function useTold(asked: Asked | null) {
  const may = useMay();
  const kind = asked?.kind;
  const key = asked?.key ?? '';
  // All groups and the keys of labels are few, and asked for once; values by what is typed of them.
  const on = asked?.kind === 'value' ? whoHas(asked) : '';
  const [settled] = useDebouncedValue(`${kind} ${on}`, WAIT_MS);
  const isWanted = asked !== null && settled === `${kind} ${on}` && findFault(on) === null;
  return useQuery({
    queryKey: ['names', kind, key, on],
    queryFn: ({ signal }) => (kind === 'group' ? readGroups(signal) : readLabels(key, on, signal)),
    enabled: isWanted && may(kind === 'group' ? 'groups.read' : 'devices.read'),
    staleTime: FRESH_MS,
    // What fitted fewer letters is narrowed here until the answer to these comes.
    placeholderData: (before, query) =>
      query?.queryKey[1] === kind && query?.queryKey[2] === key ? before : undefined,
  });
}

interface Cursor {
  readonly value: string;
  /** Characters before it. */
  readonly at: number;
  /** Whether anything is to be offered. */
  readonly isOpen: boolean;
  /** Called when other things are offered than before: what was chosen of those is chosen no more. */
  readonly onOther: () => void;
}

/** What is offered. */
export interface Offer {
  readonly suggestions: readonly Suggestion[];
  /** There may be names besides these. */
  readonly hasMore: boolean;
  /** Why there are no names; null: nothing failed. */
  readonly error: Error | null;
}

export function useSuggestions({ value, at, isOpen, onOther }: Cursor): Offer {
  const before = value.slice(0, at);
  const asked = isOpen ? findAsked(before, value.slice(at)) : null;
  const { data, error } = useTold(asked);
  const offer = asked === null ? offerWords(isOpen ? before : null) : offerNames(asked, data, error);
  const list = offer.suggestions.map((one) => one.value).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the list is another one
  useEffect(onOther, [list]);
  return offer;
}

function offerWords(before: string | null): Offer {
  return { suggestions: before === null ? [] : complete(before), hasMore: false, error: null };
}

function offerNames(asked: Asked, told: Told | undefined, error: Error | null): Offer {
  const fits = fitNames(asked, told?.names ?? []);
  const { replaces, eats } = asked;
  const suggestions = fits.slice(0, MAX_NAMES).map(({ name, description }) => ({
    ...{ value: writeName(asked, name), shown: name, description, replaces, eats },
  }));
  const hasMore = told !== undefined && (!told.isAll || fits.length > MAX_NAMES);
  return { suggestions, hasMore, error };
}
