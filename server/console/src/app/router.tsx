// The addresses of the console: each page one, loaded when it is opened.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { pages } from '../pages/index.ts';
import { Empty } from '../parts/Empty.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Layout } from './Layout.tsx';
import { PageOutline } from './Outline.tsx';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    nowhere: 'There is no such page',
    nowhereWhy: 'The address may be mistyped, or what it led to does not exist any more.',
    home: 'To Home',
    failed: 'The page could not be shown',
  },
  de: {
    nowhere: 'Diese Seite gibt es nicht',
    nowhereWhy: 'Die Adresse ist vielleicht vertippt, oder das, wohin sie führte, gibt es nicht mehr.',
    home: 'Zur Übersicht',
    failed: 'Die Seite konnte nicht gezeigt werden',
  },
});

function NotFound() {
  const say = useText(text);
  return (
    <Empty isPage title={say('nowhere')} why={say('nowhereWhy')} action={{ label: say('home'), to: '/' }} />
  );
}

function Failed({ error, reset }: ErrorComponentProps) {
  const say = useText(text);
  return <Problem error={error} what={say('failed')} retry={reset} />;
}

/** Makes the router over the list of pages. */
export function createPages(_queries: QueryClient) {
  const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });
  const routes = pages.map((page) =>
    createRoute({
      getParentRoute: () => root,
      path: page.path,
      validateSearch: (raw: Record<string, unknown>) => page.search?.(raw) ?? raw,
      component: lazyRouteComponent(page.load, 'View'),
    }),
  );
  return createRouter({
    routeTree: root.addChildren(routes),
    defaultPreload: 'intent',
    defaultPendingComponent: PageOutline,
    defaultErrorComponent: Failed,
    scrollRestoration: true,
  });
}
