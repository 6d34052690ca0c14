// How something is: an icon of its own shape and a word, never a color alone.
import {
  IconAlertTriangleFilled,
  IconCircle,
  IconCircleCheckFilled,
  IconCircleXFilled,
  IconLoader,
} from '@tabler/icons-react';
import classes from './status.module.css';

/** good: as it should be · warn: wants a look · bad: wants a person now · busy: under way · idle: nothing to say. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'idle';

const looks = {
  good: { Icon: IconCircleCheckFilled, color: 'var(--muster-good)' },
  warn: { Icon: IconAlertTriangleFilled, color: 'var(--muster-warn)' },
  bad: { Icon: IconCircleXFilled, color: 'var(--muster-bad)' },
  busy: { Icon: IconLoader, color: 'var(--muster-busy)' },
  idle: { Icon: IconCircle, color: 'var(--mantine-color-dimmed)' },
} as const satisfies Record<Tone, unknown>;

/** `detail` is shown on hover. Plain elements: lists draw many of them in a frame. */
export function Status({
  tone,
  word,
  detail,
  isSentence = false,
}: {
  readonly tone: Tone;
  readonly word: string;
  readonly detail?: string;
  /** Its word is a sentence, which folds where there is no room for it. */
  readonly isSentence?: boolean;
}) {
  const { Icon, color } = looks[tone];
  return (
    <span className={classes.status} title={detail} data-sentence={isSentence || undefined}>
      <Icon size={14} color={color} aria-hidden style={{ flexShrink: 0 }} />
      <span className={classes.word}>{word}</span>
    </span>
  );
}
