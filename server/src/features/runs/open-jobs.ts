// The jobs that are not over, by tenant and id.
import { fail } from '../../errors.ts';
import type { Job, OpenJob } from './job.ts';
import { MAX_OPEN_JOBS } from './limits.ts';

/** All of them. */
export interface OpenJobs {
  find(tenant: number, id: string): OpenJob | undefined;
  of(tenant: number): Iterable<OpenJob>;
  all(): Iterable<OpenJob>;
  add(job: OpenJob): void;
  remove(job: Job): void;
  /** @throws MusterError E_BUSY when there are too many */
  checkRoom(tenant: number): void;
}

/** Makes an empty set. */
export function createOpenJobs(): OpenJobs {
  const byTenant = new Map<number, Map<string, OpenJob>>();
  return {
    find: (tenant, id) => byTenant.get(tenant)?.get(id),
    of: (tenant) => byTenant.get(tenant)?.values() ?? [],
    *all() {
      for (const jobs of byTenant.values()) yield* jobs.values();
    },
    add(job) {
      const jobs = byTenant.get(job.tenant) ?? new Map<string, OpenJob>();
      byTenant.set(job.tenant, jobs);
      jobs.set(job.id, job);
    },
    remove: ({ tenant, id }) => void byTenant.get(tenant)?.delete(id),
    checkRoom(tenant) {
      if ((byTenant.get(tenant)?.size ?? 0) < MAX_OPEN_JOBS) return;
      throw fail('E_BUSY', {
        detail: `${MAX_OPEN_JOBS} jobs are open; wait until some are over, or cancel some.`,
      });
    },
  };
}
