// What everybody should know about this server before he believes what he sees.
import { Anchor, Group, Text } from '@mantine/core';
import { IconFlask, IconKey } from '@tabler/icons-react';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { api, take } from '../api/client.ts';
import { useTrust } from '../signing/me.ts';
import { useMay } from './session.ts';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    demo: 'Demo data: simulated devices are among those shown here.',
    quickstart:
      'Quick start: the root key still lies beside the server, so whoever owns the server owns the devices.',
    harden: 'Take it offline',
  },
  de: {
    demo: 'Demodaten: Unter den gezeigten Geräten sind simulierte.',
    quickstart:
      'Schnellstart: Der Wurzelschlüssel liegt noch neben dem Server; wem der Server gehört, dem gehören die Geräte.',
    harden: 'Offline nehmen',
  },
});

/** Whether simulated devices are in the fleet changes rarely, ms. */
const DEMO_FRESH_MS = 300_000;
/** What was said last: it is said again until it is known, because a banner that comes late moves the page under it. */
const SAID = 'muster.banner';

type Said = 'demo' | 'quickstart' | 'nothing';

function Banner({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }) {
  return (
    <Group gap="xs" px="md" py={5} wrap="nowrap" className="muster-banner">
      {icon}
      <Text size="sm">{children}</Text>
    </Group>
  );
}

function isUnknown({
  isLoading,
  isLoadingError,
}: Pick<UseQueryResult, 'isLoading' | 'isLoadingError'>): boolean {
  return isLoading || isLoadingError;
}

/** What is to be said; null while unknown. */
function useSaid(): Said | null {
  const may = useMay();
  const trust = useTrust({ enabled: may('trust.read') });
  const demo = useQuery({
    queryKey: ['banner', 'demo'],
    queryFn: async () => {
      const query = { on: 'label("simulated") == "yes"', limit: 1, fields: 'id' };
      return (await take(api.GET('/api/v1/devices', { params: { query } }))).items.length > 0;
    },
    staleTime: DEMO_FRESH_MS,
    enabled: may('devices.read'),
  });
  if (demo.data === true) return 'demo';
  // A server that cannot say it now has not said that there is nothing.
  if (isUnknown(demo) || isUnknown(trust)) return null;
  return trust.data?.mode === 'quickstart' && demo.data === false ? 'quickstart' : 'nothing';
}

export function Banners() {
  const say = useText(text);
  const said = useSaid();
  useEffect(() => {
    if (said !== null) localStorage.setItem(SAID, said);
  }, [said]);
  switch (said ?? localStorage.getItem(SAID)) {
    case 'demo':
      return <Banner icon={<IconFlask size={16} aria-hidden />}>{say('demo')}</Banner>;
    case 'quickstart':
      return (
        <Banner icon={<IconKey size={16} aria-hidden />}>
          {say('quickstart')}{' '}
          <Anchor component={Link} to="/trust" inherit className="muster-banner-link">
            {say('harden')}
          </Anchor>
        </Banner>
      );
    default:
      return null;
  }
}
