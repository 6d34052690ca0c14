// Lines of a difference: what went and what came, by mark and color, never by color alone.
import classes from './lines.module.css';

interface Props {
  readonly label: string;
  /** Lines with `-`, `+` or a blank before each, as `diffLines` makes them. */
  readonly text: string;
}

const kinds: Readonly<Record<string, string>> = { '-': 'gone', '+': 'come' };

export function DiffLines({ label, text }: Props) {
  return (
    // It scrolls, so the keyboard must get into it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className={classes.lines} aria-label={label} tabIndex={0}>
      <pre className={classes.text}>
        {text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in the order of the text, and may be alike
            <span key={at} className={classes.line} data-kind={kinds[line.slice(0, 1)]}>
              {`${line}\n`}
            </span>
          ))}
      </pre>
    </section>
  );
}
