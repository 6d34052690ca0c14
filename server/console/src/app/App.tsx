// Puts the console together: theme, language, data, pages.
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useMemo } from 'react';
import { createQueries } from './queries.ts';
import { createPages } from './router.tsx';
import { texts, useText } from './text.ts';
import { colorScheme, resolveColors, theme } from './theme.ts';

const queries = createQueries();
const router = createPages(queries);

const text = texts({ en: { close: 'Close' }, de: { close: 'Schließen' } });

/** The theme with the words that the library's own buttons need. */
function useTheme() {
  const close = useText(text)('close');
  return useMemo(() => {
    const named = { defaultProps: { closeButtonProps: { 'aria-label': close } } };
    // The head of a dialog is a <header>, which would count as a second banner of the page.
    const head = { defaultProps: { role: 'none' } };
    const components = {
      Modal: named,
      Drawer: named,
      Notification: named,
      ModalHeader: head,
      DrawerHeader: head,
    };
    return { ...theme, components: { ...theme.components, ...components } };
  }, [close]);
}

/** The whole console. */
export function App() {
  const named = useTheme();
  return (
    <MantineProvider
      theme={named}
      cssVariablesResolver={resolveColors}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
