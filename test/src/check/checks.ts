// The list of all checks; the short ones first.
import type { Check } from './check.ts';
import { forge } from './forge.ts';
import { clock, corruptJournal, diskFull, poisonous, reboot } from './hardship.ts';
import { inject } from './inject.ts';
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
  powerLoss,
];
