// The agent's log: JSON lines on standard error, written without a worker thread, which would cost 11 MB.
import { type Logger, pino } from 'pino';

export type { Logger };

/** Makes the log at that level. */
export function createLog(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}
