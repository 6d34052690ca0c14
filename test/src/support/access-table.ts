// Who may call which route, said by hand: the test compares every route of a real server with its row, by trying.
// A new route needs a row. `roles`: M admin, T technician, A approver, S security, U auditor, V viewer; a dot: not this one.
// `limited`: what is left to somebody who holds the role for some devices only: clamped to these, kept, or gone.
// `proof`: a session must have proven lately that its person is there.
const table = `
route                                          | permission          | scope        | proof | roles       | limited
GET /api/v1/openapi.json                       | public
GET /healthz                                   | public
GET /readyz                                    | public
GET /metrics                                   | public
GET /api/v1/notifications/ways                 | notifications.read  | organization |       | M T . S U . | gone
POST /api/v1/notifications/ways                | notifications.write | organization | proof | M T . S . . | gone
PATCH /api/v1/notifications/ways/:id           | notifications.write | organization | proof | M T . S . . | gone
DELETE /api/v1/notifications/ways/:id          | notifications.write | organization | proof | M T . S . . | gone
POST /api/v1/notifications/ways/:id/test       | notifications.write | organization | proof | M T . S . . | gone
GET /api/v1/notifications/rules                | notifications.read  | organization |       | M T . S U . | gone
POST /api/v1/notifications/rules               | notifications.write | organization | proof | M T . S . . | gone
PUT /api/v1/notifications/rules/:id            | notifications.write | organization | proof | M T . S . . | gone
DELETE /api/v1/notifications/rules/:id         | notifications.write | organization | proof | M T . S . . | gone
GET /api/v1/notifications/pauses               | notifications.read  | organization |       | M T . S U . | gone
POST /api/v1/notifications/pauses              | notifications.write | organization | proof | M T . S . . | gone
DELETE /api/v1/notifications/pauses/:id        | notifications.write | organization | proof | M T . S . . | gone
GET /api/v1/notifications/messages             | notifications.read  | organization |       | M T . S U . | gone
GET /api/v1/notifications/messages/:id         | notifications.read  | organization |       | M T . S U . | gone
POST /api/v1/notifications/messages/:id/retry  | notifications.write | organization | proof | M T . S . . | gone
GET /api/v1/trust                              | trust.read          | organization |       | M T A S U V | kept
GET /api/v1/trust/chain                        | trust.read          | organization |       | M T A S U V | kept
POST /api/v1/trust/updates                     | trust.write         | organization | proof | M . . S . . | gone
POST /api/v1/trust/server-key                  | trust.write         | organization | proof | M . . S . . | gone
GET /api/v1/whoami                             | trust.read          | own          |       | M T A S U V | kept
POST /api/v1/me/keys                           | me.write            | own          | proof | M T A S U V | kept
DELETE /api/v1/me/keys/:id                     | me.write            | own          | proof | M T A S U V | kept
GET /api/v1/persons                            | persons.read        | organization |       | M . . S U . | gone
POST /api/v1/persons                           | persons.write       | organization | proof | M . . . . . | gone
POST /api/v1/persons/:id/keys                  | persons.write       | organization | proof | M . . . . . | gone
POST /api/v1/persons/:id/tokens                | persons.write       | organization | proof | M . . . . . | gone
DELETE /api/v1/persons/:id/tokens/:tokenId     | persons.write       | organization | proof | M . . . . . | gone
GET /api/v1/permissions                        | persons.read        | organization |       | M . . S U . | gone
GET /api/v1/roles                              | persons.read        | organization |       | M . . S U . | gone
POST /api/v1/roles                             | roles.write         | organization | proof | M . . . . . | gone
PUT /api/v1/roles/:id                          | roles.write         | organization | proof | M . . . . . | gone
DELETE /api/v1/roles/:id                       | roles.write         | organization | proof | M . . . . . | gone
PUT /api/v1/persons/:id/roles/:role            | roles.write         | organization | proof | M . . . . . | gone
DELETE /api/v1/persons/:id/roles/:role         | roles.write         | organization | proof | M . . . . . | gone
PATCH /api/v1/persons/:id                      | roles.write         | organization | proof | M . . . . . | gone
GET /api/v1/session                            | public
DELETE /api/v1/session                         | public
POST /api/v1/signin/passkey/options            | public
POST /api/v1/signin/passkey/finish             | public
POST /api/v1/session/step-up/options           | me.write            | own          |       | M T A S U V | kept
POST /api/v1/session/step-up/finish            | me.write            | own          |       | M T A S U V | kept
POST /api/v1/signin/password                   | public
POST /api/v1/session/step-up/password          | me.write            | own          |       | M T A S U V | kept
POST /api/v1/setup/options                     | public
POST /api/v1/setup                             | public
GET /api/v1/signin/oidc/:id/start              | public
GET /api/v1/signin/oidc/:id/callback           | public
POST /api/v1/setup/oidc/:id                    | public
POST /api/v1/me/oidc/:id                       | me.write            | own          | proof | M T A S U V | kept
POST /api/v1/session/step-up/oidc/:id          | me.write            | own          |       | M T A S U V | kept
GET /api/v1/me                                 | me.write            | own          |       | M T A S U V | kept
DELETE /api/v1/me/identities/:id               | me.write            | own          | proof | M T A S U V | kept
GET /api/v1/me/passkeys                        | me.write            | own          |       | M T A S U V | kept
POST /api/v1/me/passkeys/options               | me.write            | own          | proof | M T A S U V | kept
POST /api/v1/me/passkeys                       | me.write            | own          | proof | M T A S U V | kept
DELETE /api/v1/me/passkeys/:id                 | me.write            | own          | proof | M T A S U V | kept
POST /api/v1/me/password                       | me.write            | own          | proof | M T A S U V | kept
DELETE /api/v1/me/password                     | me.write            | own          | proof | M T A S U V | kept
POST /api/v1/me/totp                           | me.write            | own          | proof | M T A S U V | kept
POST /api/v1/me/totp/confirm                   | me.write            | own          | proof | M T A S U V | kept
GET /api/v1/me/recovery-codes                  | me.write            | own          |       | M T A S U V | kept
POST /api/v1/me/recovery-codes                 | me.write            | own          | proof | M T A S U V | kept
GET /api/v1/me/sessions                        | me.write            | own          |       | M T A S U V | kept
DELETE /api/v1/me/sessions                     | me.write            | own          |       | M T A S U V | kept
DELETE /api/v1/me/sessions/:id                 | me.write            | own          |       | M T A S U V | kept
GET /api/v1/persons/:id/account                | persons.read        | organization |       | M . . S U . | gone
POST /api/v1/persons/:id/invitations           | persons.write       | organization | proof | M . . . . . | gone
GET /api/v1/persons/:id/sessions               | persons.read        | organization |       | M . . S U . | gone
DELETE /api/v1/persons/:id/sessions            | persons.write       | organization | proof | M . . . . . | gone
DELETE /api/v1/persons/:id/sessions/:sessionId | persons.write       | organization | proof | M . . . . . | gone
GET /api/v1/devices                            | devices.read        | list         |       | M T A S U V | clamped
GET /api/v1/devices/presence                   | devices.read        | list         |       | M T A S U V | clamped
GET /api/v1/devices/:id                        | devices.read        | device       |       | M T A S U V | clamped
PATCH /api/v1/devices/:id                      | devices.write       | device       |       | M T . . . . | clamped
POST /api/v1/devices/:id/decisions             | devices.write       | device       | proof | M T . . . . | clamped
GET /api/v1/views                              | views.own           | own          |       | M T A S U V | kept
POST /api/v1/views                             | views.own           | own          |       | M T A S U V | kept
PATCH /api/v1/views/:id                        | views.own           | own          |       | M T A S U V | kept
DELETE /api/v1/views/:id                       | views.own           | own          |       | M T A S U V | kept
POST /api/v1/enrollment-tokens                 | enrollment.write    | organization | proof | M . . S . . | gone
GET /api/v1/enrollment-tokens                  | enrollment.read     | organization |       | M T . S U . | gone
DELETE /api/v1/enrollment-tokens/:id           | enrollment.write    | organization |       | M . . S . . | gone
GET /api/v1/audit                              | audit.read          | organization |       | M . . S U . | gone
GET /api/v1/checks                             | settings.read       | organization |       | M T . S U . | gone
GET /api/v1/audit/checkpoint                   | audit.read          | organization |       | M . . S U . | gone
GET /api/v1/audit/consistency                  | audit.read          | organization |       | M . . S U . | gone
GET /api/v1/audit/export                       | audit.read          | organization | proof | M . . S U . | gone
GET /api/v1/sections                           | inventory.read      | list         |       | M T A S U V | clamped
GET /api/v1/devices/:id/inventory              | inventory.read      | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/inventory/:section     | inventory.read      | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/software               | inventory.read      | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/timeline               | inventory.read      | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/diff                   | inventory.read      | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/live/:section          | inventory.read      | device       |       | M T A S U V | clamped
GET /api/v1/software                           | inventory.read      | list         |       | M T A S U V | clamped
GET /api/v1/software/names                     | inventory.read      | list         |       | M T A S U V | clamped
GET /api/v1/alerts                             | alerts.read         | list         |       | M T A S U V | clamped
GET /api/v1/alerts/:id                         | alerts.read         | list         |       | M T A S U V | clamped
POST /api/v1/alerts/acknowledge                | alerts.acknowledge  | list         |       | M T . . . . | clamped
POST /api/v1/alerts/give-back                  | alerts.acknowledge  | list         |       | M T . . . . | clamped
GET /api/v1/devices/:id/metrics                | metrics.read        | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/metrics/series         | metrics.read        | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/metrics/latest         | metrics.read        | device       |       | M T A S U V | clamped
GET /api/v1/top                                | metrics.read        | list         |       | M T A S U V | clamped
GET /api/v1/devices/:id/metrics/live           | metrics.read        | device       |       | M T A S U V | clamped
GET /api/v1/events                             | devices.read        | list         |       | M T A S U V | clamped
GET /api/v1/groups                             | groups.read         | list         |       | M T A S U V | clamped
GET /api/v1/groups/events                      | groups.read         | list         |       | M T A S U V | clamped
GET /api/v1/groups/:id                         | groups.read         | list         |       | M T A S U V | clamped
GET /api/v1/groups/:id/members                 | groups.read         | list         |       | M T A S U V | clamped
POST /api/v1/groups                            | groups.write        | organization |       | M T . S . . | gone
PATCH /api/v1/groups/:id                       | groups.write        | organization |       | M T . S . . | gone
DELETE /api/v1/groups/:id                      | groups.write        | organization |       | M T . S . . | gone
GET /api/v1/devices/:id/groups                 | groups.read         | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/groups/:group          | groups.read         | device       |       | M T A S U V | clamped
GET /api/v1/devices/:id/explain                | devices.read        | device       |       | M T A S U V | clamped
GET /api/v1/policies                           | policies.read       | organization |       | M T A S U V | gone
GET /api/v1/devices/:id/policies               | devices.read        | device       |       | M T A S U V | clamped
GET /api/v1/compliance                         | devices.read        | list         |       | M T A S U V | clamped
GET /api/v1/compliance/trend                   | devices.read        | list         |       | M T A S U V | clamped
GET /api/v1/compliance/items                   | devices.read        | list         |       | M T A S U V | clamped
GET /api/v1/devices/:id/compliance             | devices.read        | device       |       | M T A S U V | clamped
GET /api/v1/policies/set                       | policies.read       | organization |       | M T A S U V | gone
GET /api/v1/policies/:name/revisions           | policies.read       | organization |       | M T A S U V | gone
GET /api/v1/policies/:name/revisions/:digest   | policies.read       | organization |       | M T A S U V | gone
GET /api/v1/policies/:name/diff                | policies.read       | organization |       | M T A S U V | gone
POST /api/v1/policies/plan                     | policies.read       | organization |       | M T A S U V | gone
POST /api/v1/policies/sets                     | policies.write      | organization |       | M T . S . . | gone
GET /api/v1/policies/rollout                   | policies.read       | organization |       | M T A S U V | gone
POST /api/v1/policies/rollout                  | policies.write      | organization |       | M T . S . . | gone
POST /api/v1/content                           | content.write       | organization |       | M T . . . . | gone
GET /api/v1/content                            | content.read        | organization |       | M T A S U V | kept
GET /api/v1/content/:digest                    | content.read        | organization |       | M T A S U V | kept
POST /api/v1/content/:digest/signatures        | content.approve     | organization |       | M . A S . . | gone
GET /api/v1/content/:digest/body               | content.read        | organization |       | M T A S U V | kept
POST /api/v1/halts                             | halts.write         | organization |       | M T A S . . | gone
GET /api/v1/halts                              | halts.read          | organization |       | M T A S U V | kept
POST /api/v1/halts/:id/lift                    | halts.write         | organization |       | M T A S . . | gone
POST /api/v1/targets                           | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/targets/:snapshot/ids              | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/targets/:snapshot/devices          | jobs.read           | list         |       | M T A S U V | clamped
POST /api/v1/jobs                              | jobs.write          | targets      |       | M T . . . . | clamped
GET /api/v1/jobs                               | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/jobs/:id                           | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/jobs/:id/events                    | jobs.read           | list         |       | M T A S U V | clamped
POST /api/v1/jobs/:id/signatures               | jobs.approve        | targets      |       | M . A S . . | clamped
POST /api/v1/jobs/:id/cancel                   | jobs.write          | targets      |       | M T . . . . | clamped
POST /api/v1/jobs/:id/hold                     | jobs.write          | targets      |       | M T . . . . | clamped
POST /api/v1/jobs/:id/continue                 | jobs.write          | targets      |       | M T . . . . | clamped
GET /api/v1/jobs/:id/runs                      | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/jobs/:id/runs/:deviceId            | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/jobs/:id/runs/:deviceId/file       | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/devices/:id/runs                   | jobs.read           | device       |       | M T A S U V | clamped
GET /api/v1/jobs/:id/outputs                   | jobs.read           | list         |       | M T A S U V | clamped
GET /api/v1/budgets                            | jobs.read           | organization |       | M T A S U V | gone
PUT /api/v1/content/:digest/body               | content.write       | organization |       | M T . . . . | gone
GET /icon.svg                                  | public
GET /theme.js                                  | public
GET /assets/*                                  | public
GET /docs/*                                    | public
`;

/** A row. */
export interface AccessRow {
  /** As `GET /api/v1/devices/:id`. */
  readonly route: string;
  readonly permission: string;
  readonly scope: string;
  readonly needsProof: boolean;
  readonly roles: ReadonlySet<string>;
  readonly limited: string;
}

const roleOf: Readonly<Record<string, string>> = {
  M: 'admin',
  T: 'technician',
  A: 'approver',
  S: 'security',
  U: 'auditor',
  V: 'viewer',
};

/** Every row. */
export const accessRows: readonly AccessRow[] = table
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [route = '', permission = '', scope = '', proof = '', roles = '', limited = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    const names = [...roles].flatMap((letter) => roleOf[letter] ?? []);
    return { route, permission, scope, needsProof: proof === 'proof', roles: new Set(names), limited };
  });
