// Routes of policies: what is in force, history, plans, and applying one.
import { originOf } from '../../core/audit/audit.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readLimits } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { DeviceParams } from '../devices/index.ts';
import { MAX_APPLY_BYTES, MAX_PLAN_BYTES } from './limits.ts';
import {
  ApplyRequest,
  DevicePolicies,
  DiffQuery,
  PlanRequest,
  PlanView,
  PolicyDiff,
  PolicyHistory,
  PolicyList,
  PolicyParams,
  PolicySetDocuments,
  PolicySetView,
  RevisionParams,
  RevisionView,
} from './schema.ts';
import type { PoliciesService } from './service.ts';
import { toEnvelope, viewMember, viewPresentSet } from './views.ts';

const tags = ['policies'];
const reading = { permission: 'policies.read', scope: 'organization' } as const;

/** Registers the routes. */
export function registerPolicyRoutes(app: HttpApp, service: PoliciesService): void {
  registerInForce(app, service);
  registerHeld(app, service);
  registerHistory(app, service);
  registerChanges(app, service);
}

function registerInForce(app: HttpApp, service: PoliciesService): void {
  app.get(
    '/api/v1/policies',
    {
      config: reading,
      schema: { summary: 'List policies in force by name', tags, response: { 200: PolicyList } },
    },
    async (request) => {
      const present = await service.present();
      const { epoch, members } = present;
      const devices = await service.standings(present, readLimits(request, 'devices.read'));
      return { epoch, set: viewPresentSet(present), policies: members.map(viewMember), devices };
    },
  );
  app.get(
    '/api/v1/policies/set',
    {
      config: reading,
      schema: {
        summary: 'Read the set in force with its revisions, as they were signed',
        tags,
        response: { 200: PolicySetDocuments },
      },
    },
    async () => {
      const present = await service.present();
      const revisions = present.members.map(({ row: { name, digest, version, envelope } }) => ({
        ...{ name, digest, version },
        envelope: toEnvelope(envelope),
      }));
      return { epoch: present.epoch, set: viewPresentSet(present), revisions };
    },
  );
}

function registerHeld(app: HttpApp, service: PoliciesService): void {
  app.get(
    '/api/v1/devices/:id/policies',
    {
      config: { permission: 'devices.read', scope: 'device' },
      schema: {
        summary: 'Show what a device holds of the policies in force',
        tags,
        params: DeviceParams,
        response: { 200: DevicePolicies },
      },
    },
    (request) => service.held(principalOf(request).tenant, request.params.id),
  );
}

function registerHistory(app: HttpApp, service: PoliciesService): void {
  app.get(
    '/api/v1/policies/:name/revisions',
    {
      config: reading,
      schema: {
        summary: 'List the newest revisions of a policy, also of one that is in force no more',
        tags,
        params: PolicyParams,
        response: { 200: PolicyHistory },
      },
    },
    (request) => service.history(request.params.name),
  );
  app.get(
    '/api/v1/policies/:name/revisions/:digest',
    {
      config: reading,
      schema: {
        summary: 'Show a revision of a policy',
        tags,
        params: RevisionParams,
        response: { 200: RevisionView },
      },
    },
    (request) => service.revision(request.params.name, request.params.digest),
  );
  app.get(
    '/api/v1/policies/:name/diff',
    {
      config: reading,
      schema: {
        summary: 'Compare two revisions of a policy, as files',
        tags,
        params: PolicyParams,
        querystring: DiffQuery,
        response: { 200: PolicyDiff },
      },
    },
    async (request) => ({ text: await service.diff({ ...request.params, ...request.query }) }),
  );
}

function registerChanges(app: HttpApp, service: PoliciesService): void {
  app.post(
    '/api/v1/policies/plan',
    {
      config: reading,
      bodyLimit: MAX_PLAN_BYTES,
      schema: {
        summary: 'Say what would change if these were the policies in force; changes nothing',
        tags,
        body: PlanRequest,
        response: { 200: PlanView },
      },
    },
    (request) =>
      service.plan({
        policies: request.body.policies,
        // A condition may ask anything: who may not see each device is told how many, not which.
        maySeeDevices: readLimits(request, 'devices.read') === null,
      }),
  );
  app.post(
    '/api/v1/policies/sets',
    {
      config: { permission: 'policies.write', scope: 'organization' },
      bodyLimit: MAX_APPLY_BYTES,
      schema: {
        summary:
          'Put a signed set of policies in force, exactly as its plan said; the same again changes nothing',
        tags,
        body: ApplyRequest,
        response: { 201: PolicySetView },
      },
    },
    async (request, reply) => reply.code(201).send(await service.apply(request.body, originOf(request))),
  );
}
