// Ctrl-C and its relatives, for commands that run until somebody ends them.

/** Signals that ask a program to end. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for the signals until `end` is called; `signal` is aborted by the first one. */
export function untilInterrupted(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const onSignal = () => controller.abort();
  for (const name of ending) process.once(name, onSignal);
  return {
    signal: controller.signal,
    end() {
      for (const name of ending) process.off(name, onSignal);
    },
  };
}
