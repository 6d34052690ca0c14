// What the API answers about a device, by name.
import type { paths } from '@muster/cli/api-types';

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Device = Answer<'/api/v1/devices/{id}'>;
export type Latest = Answer<'/api/v1/devices/{id}/metrics/latest'>;
export type MetricRange = Answer<'/api/v1/devices/{id}/metrics'>;
export type Inventory = Answer<'/api/v1/devices/{id}/inventory'>;
export type SectionInfo = Answer<'/api/v1/sections'>['items'][number];
export type SectionPage = Answer<'/api/v1/devices/{id}/inventory/{section}'>;
export type LiveSection = Answer<'/api/v1/devices/{id}/live/{section}'>;
export type Package = Answer<'/api/v1/devices/{id}/software'>['items'][number];
export type Change = Answer<'/api/v1/devices/{id}/timeline'>['items'][number];
export type Difference = Answer<'/api/v1/devices/{id}/diff'>['items'][number];
export type DeviceAlert = Answer<'/api/v1/alerts'>['items'][number];
export type DeviceRun = Answer<'/api/v1/devices/{id}/runs'>['runs'][number];

/** A row of a section. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;
