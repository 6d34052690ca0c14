// The running kernel, its boot arguments without secrets, and when it was started.
import { kernelInfoSection, type RowOf } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { HOUR_MS, MINUTE_MS, parseInteger, readLine } from './formats/attributes.ts';

type Row = RowOf<typeof kernelInfoSection>;

/** What is read, as it is. */
export interface KernelTexts {
  readonly release: string;
  readonly build: string | null;
  readonly commandLine: string | null;
  /** /proc/stat; only its `btime` line is used. */
  readonly stat: string | null;
  readonly bootId: string | null;
}

const SECRET_NAME = /pass|secret|token|cred|auth|key(?!map|board|table)/i;
const REDACTED = '[redacted]';

/** Boot arguments with the values of secret-looking names, and passwords inside addresses, replaced. */
export function redactArguments(commandLine: string): string {
  const words = commandLine.trim().split(/\s+/);
  return words
    .map((word, at) => {
      const equals = word.indexOf('=');
      if (equals > 0 && SECRET_NAME.test(word.slice(0, equals)))
        return `${word.slice(0, equals)}=${REDACTED}`;
      // Programs that the kernel starts take `--token value`.
      const before = words[at - 1] ?? '';
      if (/^--?[^=]+$/.test(before) && SECRET_NAME.test(before) && !word.startsWith('-')) return REDACTED;
      return word.replace(/:\/\/[^/@\s]*@/g, `://${REDACTED}@`);
    })
    .join(' ');
}

function valueOfArgument(commandLine: string | null, name: string): string | null {
  const argument = commandLine?.split(/\s+/).find((word) => word.startsWith(`${name}=`));
  return argument?.slice(name.length + 1) || null;
}

/** Start of the system, cut to the minute: the kernel's value moves by a second when the clock is stepped. */
export function parseBootTime(stat: string | null): string | null {
  const seconds = parseInteger(/^btime (\d+)$/m.exec(stat ?? '')?.[1]);
  if (seconds === null || seconds <= 0 || seconds > 32_503_680_000) return null;
  return new Date(Math.floor((seconds * 1000) / MINUTE_MS) * MINUTE_MS).toISOString();
}

/** The row of these texts. */
export function parseKernelInfo({ release, build, commandLine, stat, bootId }: KernelTexts): Row {
  return {
    version: release,
    build,
    arguments: commandLine === null ? null : redactArguments(commandLine),
    path: valueOfArgument(commandLine, 'BOOT_IMAGE'),
    device: valueOfArgument(commandLine, 'root'),
    boot_time: parseBootTime(stat),
    boot_id: bootId,
  };
}

/** Section `kernel_info`. */
export const kernelInfo: Collector<(typeof kernelInfoSection)['columns']> = {
  section: kernelInfoSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect({ files }) {
    const release = await readLine(files, '/proc/sys/kernel/osrelease');
    if (release === null) return { outcome: 'no-data', reason: '/proc/sys/kernel/osrelease cannot be read.' };
    const row = parseKernelInfo({
      release,
      build: await readLine(files, '/proc/sys/kernel/version'),
      commandLine: await readLine(files, '/proc/cmdline'),
      stat: await files.readText('/proc/stat'),
      bootId: await readLine(files, '/proc/sys/kernel/random/boot_id'),
    });
    return { outcome: 'ok', rows: [row] };
  },
};
