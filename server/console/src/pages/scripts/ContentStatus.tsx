// Whether signed content may be used: approved, or what it lacks.
import { useText } from '../../app/text.ts';
import { Status } from '../../parts/Status.tsx';
import type { ContentView } from '../../signing/api.ts';
import { text } from './text.ts';

export function ContentStatus({ content }: { readonly content: ContentView }) {
  const say = useText(text);
  const { state, missing, signers, needed } = content;
  if (missing === 'body') return <Status tone="warn" word={say('noBody')} />;
  if (state === 'approved') return <Status tone="good" word={say('approved')} />;
  return <Status tone="warn" word={say('waiting', { signers: signers.length, needed })} />;
}
