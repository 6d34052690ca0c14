// Short names for what the API answers; the types themselves are generated.
import type { paths } from './schema.d.ts';

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;
type Answer<P extends keyof paths> = paths[P] extends { get: { responses: { 200: infer R } } }
  ? Json<R>
  : never;
type Made<P extends keyof paths> = paths[P] extends { post: { responses: { 201: infer R } } }
  ? Json<R>
  : never;
type Posted<P extends keyof paths> = paths[P] extends { post: { responses: { 200: infer R } } }
  ? Json<R>
  : never;
type Item<P> = P extends { items: (infer T)[] } ? T : never;

export type Device = Answer<'/api/v1/devices/{id}'>;
export type TrustView = Answer<'/api/v1/trust'>;
export type Whoami = Answer<'/api/v1/whoami'>;
export type Person = Item<Answer<'/api/v1/persons'>>;
export type Role = Item<Answer<'/api/v1/roles'>>;
export type PermissionItem = Item<Answer<'/api/v1/permissions'>>;
export type EnrollmentTokenPage = Answer<'/api/v1/enrollment-tokens'>;
export type EnrollmentToken = Item<EnrollmentTokenPage>;
export type DeviceInventory = Answer<'/api/v1/devices/{id}/inventory'>;
export type SectionRows = Answer<'/api/v1/devices/{id}/inventory/{section}'>;
export type LiveRows = Answer<'/api/v1/devices/{id}/live/{section}'>;
export type SoftwarePage = Answer<'/api/v1/devices/{id}/software'>;
export type Timeline = Answer<'/api/v1/devices/{id}/timeline'>;
export type TimelineItem = Item<Timeline>;
export type DifferenceList = Answer<'/api/v1/devices/{id}/diff'>;
export type Difference = Item<DifferenceList>;
export type Holders = Answer<'/api/v1/software'>;
export type AuditItem = Item<Answer<'/api/v1/audit'>>;
export type AlertPage = Answer<'/api/v1/alerts'>;
export type Alert = Item<AlertPage>;
export type AlertRule = Answer<'/api/v1/notifications/rules'>['rules'][number];
export type AlertWay = Answer<'/api/v1/notifications/ways'>['ways'][number];
export type Acknowledgment = Posted<'/api/v1/alerts/acknowledge'>;
export type Row = SectionRows['items'][number];
export type MetricRange = Answer<'/api/v1/devices/{id}/metrics'>;
export type MetricSeries = MetricRange['series'][number];
export type SeriesPage = Answer<'/api/v1/devices/{id}/metrics/series'>;
export type LatestValues = Answer<'/api/v1/devices/{id}/metrics/latest'>;
export type Top = Answer<'/api/v1/top'>;
export type TopRow = Item<Top>;
export type TargetSnapshot = Made<'/api/v1/targets'>;
export type TargetDevice = TargetSnapshot['devices'][number];
export type Job = Answer<'/api/v1/jobs/{id}'>;
export type JobPage = Answer<'/api/v1/jobs'>;
export type JobSummary = JobPage['jobs'][number];
export type RunPage = Answer<'/api/v1/jobs/{id}/runs'>;
export type Run = RunPage['runs'][number];
export type ContentItem = Answer<'/api/v1/content/{digest}'>;
export type PolicyHistory = Answer<'/api/v1/policies/{name}/revisions'>;
export type PolicyList = Answer<'/api/v1/policies'>;
export type DevicePolicies = Answer<'/api/v1/devices/{id}/policies'>;
export type ComplianceView = Answer<'/api/v1/compliance'>;
export type TrendView = Answer<'/api/v1/compliance/trend'>;
export type RuleItem = Item<Answer<'/api/v1/compliance/items'>>;
export type DeviceItem = Item<Answer<'/api/v1/devices/{id}/compliance'>>;
export type PolicySetView = Made<'/api/v1/policies/sets'>;
export type PlanView = Posted<'/api/v1/policies/plan'>;
export type HaltItem = Answer<'/api/v1/halts'>['halts'][number];
export type Rollout = Posted<'/api/v1/policies/rollout'>;
type ApplyBody = NonNullable<
  paths['/api/v1/policies/sets']['post']['requestBody']
>['content']['application/json'];
export type WavesOrder = NonNullable<ApplyBody['waves']>;
