// Shapes of the API that orders are about, by name.
import type { paths } from '@muster/cli/api-types';

/** What a GET of that path answers. */
type Answer<Path extends keyof paths> = paths[Path] extends {
  readonly get: {
    readonly responses: { readonly 200: { readonly content: { readonly 'application/json': infer T } } };
  };
}
  ? T
  : never;

export type Job = Answer<'/api/v1/jobs/{id}'>;
export type JobSummary = Answer<'/api/v1/jobs'>['jobs'][number];
export type RunSummary = Answer<'/api/v1/jobs/{id}/runs'>['runs'][number];
export type OutputGroup = Answer<'/api/v1/jobs/{id}/outputs'>['groups'][number];
export type ContentView = Answer<'/api/v1/content/{digest}'>;
export type HaltView = Answer<'/api/v1/halts'>['halts'][number];
export type TargetView = Answer<'/api/v1/targets/{snapshot}/devices'>['devices'][number];
/** A signed document as the API gives and takes it. */
export type ApiEnvelope = NonNullable<Job['envelope']>;
