// Audit: owns the chain of what was done and refused, its signed checkpoints, and what devices say as witnesses.
import type { Envelope } from '@muster/protocol';
import type { AgentRoutes } from '../../core/agents/session.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { AuditDeps } from './deps.ts';
import { createProver } from './prover.ts';
import { registerAuditRoutes } from './routes.ts';
import { createSealer, type Sealer } from './sealer.ts';
import { createTakeAlarm, createTakeQuestion } from './witness.ts';

export { writeVerifiable } from './export.ts';

/** The feature. */
export interface Audit {
  register(routes: AgentRoutes): void;
  serve(app: HttpApp): void;
  /** At the controller: seals from here on. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The newest checkpoint, for the word of now; null: there is none. */
  checkpoint(): Envelope | null;
  /** Seals what is pending, and signs a checkpoint over it. */
  settle: Sealer['checkpoint'];
}

/** Makes the feature; nothing happens before `start`. */
export function createAudit(deps: AuditDeps): Audit {
  const sealer = createSealer(deps);
  const prover = createProver(deps, () => sealer.newest()?.size ?? 0);
  const takeAlarm = createTakeAlarm(deps, prover);
  const takeQuestion = createTakeQuestion(prover);
  return {
    register(routes) {
      routes.message('audit.alarm', takeAlarm);
      routes.message('audit.prove', takeQuestion);
    },
    serve: (app) => registerAuditRoutes(app, deps, sealer),
    start: () => sealer.start(),
    stop: () => sealer.stop(),
    checkpoint: () => sealer.newest()?.envelope ?? null,
    settle: () => sealer.checkpoint(),
  };
}
