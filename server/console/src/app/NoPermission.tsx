// Shown instead of a page that was opened by its address without the permission for it.
import { Empty } from '../parts/Empty.tsx';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    title: 'You may not see this page',
    why: 'It needs the permission {{permission}}, which none of your roles has. Ask an admin for a role that has it.',
    home: 'To Home',
  },
  de: {
    title: 'Diese Seite ist nicht für Sie freigegeben',
    why: 'Sie braucht die Berechtigung {{permission}}, die keine Ihrer Rollen hat. Bitten Sie einen Administrator um eine Rolle mit ihr.',
    home: 'Zur Übersicht',
  },
});

export function NoPermission({ permission }: { readonly permission: string }) {
  const say = useText(text);
  return (
    <Empty
      isPage
      title={say('title')}
      why={say('why', { permission })}
      action={{ label: say('home'), to: '/' }}
      docs="architecture/access#roles-and-scopes"
    />
  );
}
