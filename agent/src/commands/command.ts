// What every command of the agent is given.
import type { AgentConfig } from '../config.ts';
import type { CommandLine } from './command-line.ts';

/** A command's surroundings; nothing else of the process is touched. */
export interface CommandContext {
  readonly line: CommandLine;
  readonly config: AgentConfig;
  /** Data, to standard output. */
  print(text: string): void;
  /** Messages for the person, to standard error. */
  say(text: string): void;
}
