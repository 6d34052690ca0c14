// What a page shows stands in the address: typed, checked, kept over reload and back.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/** Changes some of it; null or undefined takes a key away. A change of what is shown makes a step of "back" unless it is `replace`. */
export type SetSearch<State> = (
  change: { readonly [Key in keyof State]?: State[Key] | null | undefined },
  options?: { readonly replace?: boolean },
) => void;

/**
 * State in the address of the page. `parse` is the page's own `search`: it leaves out what does not fit, and must be a
 * function of the module, not one made anew for each rendering.
 */
export function useSearchState<State extends object>(
  parse: (raw: Record<string, unknown>) => State,
): [State, SetSearch<State>] {
  const raw: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const state = useMemo(() => parse(raw), [parse, raw]);
  const set = useCallback<SetSearch<State>>(
    (change, { replace = false } = {}) => {
      void navigate({
        to: '.',
        replace,
        search: (before: Record<string, unknown>) =>
          Object.fromEntries(
            Object.entries({ ...before, ...change }).filter(
              ([, value]) => value !== null && value !== undefined,
            ),
          ),
      });
    },
    [navigate],
  );
  return [state, set];
}

/** Pure: a text of the address, or undefined. */
export function searchText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Pure: one of a closed set, or undefined. */
export function searchChoice<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((choice) => choice === value);
}

/** Pure: a whole number within limits, or undefined. */
export function searchNumber(value: unknown, limits: { min: number; max: number }): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  return number >= limits.min && number <= limits.max ? number : undefined;
}

/** Drops keys that are undefined, for `search` of a page. */
export function compact<State extends object>(
  state: State,
): { [Key in keyof State]?: Exclude<State[Key], undefined> } {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined)) as {
    [Key in keyof State]?: Exclude<State[Key], undefined>;
  };
}
