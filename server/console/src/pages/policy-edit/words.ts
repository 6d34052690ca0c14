// Words for what can go wrong before anything is signed, in the language in force.
import { useText } from '../../app/text.ts';
import type { BaseWords } from './base.ts';
import type { TextWords } from './read-text.ts';
import { text } from './text.ts';

export function useBaseWords(): BaseWords {
  const say = useText(text);
  return { broken: say('broken'), isVoid: say('isVoid'), moved: say('moved') };
}

export function useTextWords(): TextWords {
  const say = useText(text);
  return {
    one: say('one'),
    large: say('large'),
    named: (name) => say('named', { name }),
    taken: (name) => say('taken', { name }),
  };
}
