// The list of all checks; the short ones first.
import { auditFailclosed } from './audit-failclosed.ts';
import { auditFork } from './audit-fork.ts';
import { auditTamper } from './audit-tamper.ts';
import type { Check } from './check.ts';
import { cswsh } from './cswsh.ts';
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
import { routes } from './routes.ts';
import { secretCanary } from './secret-canary.ts';
import { takeover } from './takeover.ts';
import { xss } from './xss.ts';

export const checks: readonly Check[] = [
  clock,
  reboot,
  auditTamper,
  auditFork,
  auditFailclosed,
  secretCanary,
  poisonous,
  routes,
  diskFull,
  corruptJournal,
  inject,
  cswsh,
  xss,
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
