// Reads the command line and the configuration file of the agent.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type AgentConfig, agentSettings, flagOf, loadConfig } from '../config.ts';
import { fail } from '../errors.ts';
import { errorCode } from '../platform/storage.ts';

/** Where the configuration lies when nothing else is said; it need not exist. */
const DEFAULT_CONFIG = '/etc/muster/agent.json';

/** Flags that belong to commands, not to settings. */
const commandFlags = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  config: { type: 'string' },
  server: { type: 'string' },
  'token-file': { type: 'string' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  yes: { type: 'boolean' },
  accept: { type: 'boolean' },
  root: { type: 'string' },
} as const;

/** A parsed command line. */
export interface CommandLine {
  readonly command: string;
  /** Words after the command. */
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** Parses arguments (without node and script). @throws MusterError E_USAGE */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const settings = Object.fromEntries(
    agentSettings.map((setting) => [
      flagOf(setting.name),
      { type: setting.type === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...settings, ...commandFlags },
      allowPositionals: true,
    });
    const [command = '', ...words] = positionals;
    return { command, words, flags: values as CommandLine['flags'] };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw fail('E_USAGE', { cause, detail: `${why.split('. ')[0]}. See muster-agent --help.` });
  }
}

/** Parses the configuration file; null when the default one is absent. @throws MusterError E_CONFIG */
async function readConfigFile(path: string | undefined): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path ?? DEFAULT_CONFIG, 'utf8'));
  } catch (cause) {
    if (path === undefined && (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'EACCES')) return null;
    throw fail('E_CONFIG', {
      cause,
      detail: `The configuration file ${path ?? DEFAULT_CONFIG} cannot be read as JSON; correct it and start again.`,
    });
  }
}

/** The configuration for that command line. @throws MusterError E_CONFIG */
export async function readConfig({ flags }: CommandLine, env: NodeJS.ProcessEnv): Promise<AgentConfig> {
  const path = typeof flags.config === 'string' ? flags.config : undefined;
  return loadConfig({ file: await readConfigFile(path), env, flags });
}
