// Sets the theme before the first paint, so that nothing flashes; the rest of the console follows it.
(() => {
  const stored = localStorage.getItem('muster.theme');
  const isDark =
    stored === 'dark' || (stored !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
})();
