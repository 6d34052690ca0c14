// The first steps, each as it really is; not told before all of them are known, because a list that comes late moves what is below.
import { useLocalStorage } from '@mantine/hooks';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { useWhoami } from '../../signing/me.ts';
import { useOwnKeys } from '../../signing/own-keys.ts';
import { useCounts, useJobs, usePasskeyCount, useTrustMode } from './counts.ts';
import { text } from './text.ts';

/** One of them, and where it is done. */
export interface Step {
  readonly word: string;
  readonly to: string;
  readonly isDone: boolean;
}

/** `steps` null: not known yet; none: all are done, or somebody has had enough of them. */
export function useSteps(): { readonly steps: readonly Step[] | null; hide(): void } {
  const say = useText(text);
  const [isHidden, setHidden] = useLocalStorage({
    key: 'muster.steps.hidden',
    defaultValue: false,
    // From the first rendering on: until then the list would be there.
    getInitialValueInEffect: false,
  });
  const { counts, isLoading: isCounting } = useCounts();
  const passkeys = usePasskeyCount();
  const { keys } = useOwnKeys();
  const whoami = useWhoami({ enabled: useMay()('trust.read') });
  const jobs = useJobs();
  const trust = useTrustMode();
  const hide = () => setHidden(true);
  const isLoading = isCounting || [passkeys, whoami, jobs, trust].some((one) => one.isLoading);
  if (isHidden) return { steps: [], hide };
  if (isLoading) return { steps: null, hide };
  const signs = keys.some(({ state }) => state === 'trusted');
  const steps = [
    { word: say('stepAccount'), to: '/me', isDone: true },
    { word: say('stepDevice'), to: '/devices?enroll=true', isDone: (counts.total ?? 0) > 0 },
    { word: say('stepPasskey'), to: '/me', isDone: (passkeys.count ?? 0) > 1 },
    { word: say('stepSign'), to: '/me', isDone: signs },
    { word: say('stepJob'), to: '/act', isDone: (jobs.data ?? []).length > 0 },
    {
      word: say('stepHarden'),
      to: '/trust',
      isDone: trust.mode !== undefined && trust.mode !== 'quickstart',
    },
  ];
  const isOver = counts.total === null || steps.every(({ isDone }) => isDone);
  return { steps: isOver ? [] : steps, hide };
}
