// The pages one may see, in their sections.
import { NavLink, Text } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import { pages } from '../pages/index.ts';
import { useMay } from './session.ts';
import { texts, useLanguage, useText } from './text.ts';

const text = texts({
  en: { fleet: 'Fleet', work: 'Work', rules: 'Administration' },
  de: { fleet: 'Flotte', work: 'Arbeit', rules: 'Verwaltung' },
});

const sections = ['fleet', 'work', 'rules'] as const;

export function Navigation({ onNavigate }: { readonly onNavigate: () => void }) {
  const say = useText(text);
  const may = useMay();
  const { language } = useLanguage();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = pages.flatMap(({ path: to, nav, permission }) =>
    nav !== undefined && may(permission) ? [{ to, ...nav }] : [],
  );
  return sections.map((section) => {
    const links = shown.filter((page) => page.section === section);
    if (links.length === 0) return null;
    return (
      <div key={section} className="muster-section">
        <Text size="xs" fw={600} c="dimmed" px="sm" pt="sm" pb={4}>
          {say(section)}
        </Text>
        {links.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label[language]}
            leftSection={<Icon size={17} stroke={1.7} aria-hidden />}
            active={to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)}
            onClick={onNavigate}
            py={6}
            className="muster-nav"
          />
        ))}
      </div>
    );
  });
}
