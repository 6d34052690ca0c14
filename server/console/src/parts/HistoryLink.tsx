// Leads to what the audit says about one thing: who changed it, when, what was refused.
import { useMay } from '../app/session.ts';
import { useText } from '../app/text.ts';
import { PageLink } from './PageLink.tsx';
import { text } from './text-history.ts';

/** `subject`: id of the thing. `of`: its name, where several stand in one list. Nothing for who may not read the audit. */
export function HistoryLink({ subject, of }: { readonly subject: string; readonly of?: string }) {
  const say = useText(text);
  if (!useMay()('audit.read')) return null;
  return (
    <PageLink
      to={`/audit?subject=${encodeURIComponent(subject)}`}
      size="sm"
      {...(of === undefined ? {} : { 'aria-label': say('historyOf', { name: of }) })}
    >
      {say('history')}
    </PageLink>
  );
}
