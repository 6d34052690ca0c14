// The list of all checks; the short ones first.
import type { Check } from './check.ts';
import { databaseAway } from './database-away.ts';
import { failpoints } from './failpoints.ts';
import { forge } from './forge.ts';
import { halt } from './halt.ts';
import { clock, corruptJournal, diskFull, poisonous, reboot } from './hardship.ts';
import { inject } from './inject.ts';
import { killAgent } from './kill-agent.ts';
import { killServer } from './kill-server.ts';
import { partition } from './partition.ts';
import { powerLoss } from './power-loss.ts';
import { takeover } from './takeover.ts';

export const checks: readonly Check[] = [
  clock,
  reboot,
  poisonous,
  diskFull,
  corruptJournal,
  inject,
  forge,
  takeover,
  halt,
  databaseAway,
  failpoints,
  partition,
  killServer,
  killAgent,
  powerLoss,
];
