// How the console looks: calm, dense, quiet color only where something needs a person.
import { type CSSVariablesResolver, createTheme, localStorageColorSchemeManager } from '@mantine/core';

/** Where the chosen theme is kept; `public/theme.js` reads it before the first paint. */
export const colorScheme = localStorageColorSchemeManager({ key: 'muster.theme' });

export const theme = createTheme({
  primaryColor: 'blue',
  // The lighter shades have less contrast than WCAG asks for.
  primaryShade: { light: 8, dark: 8 },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  defaultRadius: 'sm',
  focusRing: 'auto',
  respectReducedMotion: true,
  autoContrast: true,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.8125rem', lg: '1rem', xl: '1.25rem' },
  components: {
    Table: { defaultProps: { verticalSpacing: 4, horizontalSpacing: 'sm', fz: 'sm' } },
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
  },
});

/** Colors of texts that have, on every ground we use, the contrast that WCAG asks for. */
export const resolveColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b636b',
    '--mantine-color-placeholder': '#6b737b',
    '--mantine-color-anchor': '#1864ab',
    '--mantine-color-error': '#c22f2f',
  },
  dark: {
    '--mantine-color-dimmed': '#a3a9af',
    '--mantine-color-placeholder': '#8f969c',
    '--mantine-color-anchor': '#6bb2f7',
    '--mantine-color-error': '#ff8787',
  },
});
