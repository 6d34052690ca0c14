// Routes of one's own account. Whoever changes anything has shown lately to be there.
import { Type } from 'typebox';
import type { HttpApp } from '../../core/http/server.ts';
import {
  addPasskey,
  beginPasskey,
  beginTotp,
  confirmTotp,
  describeAccount,
  removeIdentity,
  removePasskey,
  removePassword,
  renewRecoveryCodes,
  setPassword,
} from './account.ts';
import { admitOwnBeginning, attempt, ownOf } from './admit.ts';
import type { SigninDeps } from './deps.ts';
import { own, tags } from './routes-parts.ts';
import { registerOwnSessionRoutes } from './routes-sessions.ts';
import {
  Account,
  IdentityParams,
  NewPassword,
  NewTotp,
  PasskeyList,
  PasskeyParams,
  RecoveryCodes,
  TotpCode,
} from './schema-me.ts';
import { Attestation, CreationChallenge } from './schema-passkeys.ts';

const changing = { ...own, stepUp: true } as const;

/** Registers them. */
export function registerMeRoutes(app: HttpApp, deps: SigninDeps): void {
  app.get(
    '/api/v1/me',
    { config: own, schema: { summary: 'Show how one signs in', tags, response: { 200: Account } } },
    (request) => describeAccount(deps, ownOf(request)),
  );
  app.delete(
    '/api/v1/me/identities/:id',
    {
      config: changing,
      schema: {
        summary: 'Unlink an account of a provider',
        tags,
        params: IdentityParams,
        response: { 200: Account },
      },
    },
    async (request) => {
      await removeIdentity(deps, ownOf(request), request.params.id);
      return describeAccount(deps, ownOf(request));
    },
  );
  registerPasskeys(app, deps);
  registerPassword(app, deps);
  registerTotp(app, deps);
  registerOwnSessionRoutes(app, deps);
}

function registerPasskeys(app: HttpApp, deps: SigninDeps): void {
  app.get(
    '/api/v1/me/passkeys',
    { config: own, schema: { summary: 'List one\u2019s passkeys', tags, response: { 200: PasskeyList } } },
    async (request) => ({ items: (await describeAccount(deps, ownOf(request))).passkeys, next: null }),
  );
  app.post(
    '/api/v1/me/passkeys/options',
    {
      config: changing,
      schema: { summary: 'Begin to register a passkey', tags, response: { 200: CreationChallenge } },
    },
    (request, reply) => {
      admitOwnBeginning(deps, { request, reply });
      return beginPasskey(deps, ownOf(request));
    },
  );
  app.post(
    '/api/v1/me/passkeys',
    {
      config: changing,
      schema: { summary: 'Register a passkey', tags, body: Attestation, response: { 201: Account } },
    },
    async (request, reply) => {
      await addPasskey(deps, ownOf(request), request.body);
      return reply.code(201).send(await describeAccount(deps, ownOf(request)));
    },
  );
  app.delete(
    '/api/v1/me/passkeys/:id',
    {
      config: changing,
      schema: { summary: 'Remove a passkey', tags, params: PasskeyParams, response: { 200: Account } },
    },
    async (request) => {
      await removePasskey(deps, ownOf(request), request.params.id);
      return describeAccount(deps, ownOf(request));
    },
  );
}

function registerPassword(app: HttpApp, deps: SigninDeps): void {
  app.post(
    '/api/v1/me/password',
    {
      config: changing,
      schema: {
        summary: 'Set or change the password; it counts once a one-time code is in force',
        tags,
        body: NewPassword,
        response: { 200: Account },
      },
    },
    async (request) => {
      await setPassword(deps, ownOf(request), request.body.password);
      return describeAccount(deps, ownOf(request));
    },
  );
  app.delete(
    '/api/v1/me/password',
    {
      config: changing,
      schema: {
        summary: 'Remove password, one-time code and recovery codes',
        tags,
        response: { 200: Account },
      },
    },
    async (request) => {
      await removePassword(deps, ownOf(request));
      return describeAccount(deps, ownOf(request));
    },
  );
}

function registerTotp(app: HttpApp, deps: SigninDeps): void {
  app.post(
    '/api/v1/me/totp',
    {
      config: changing,
      schema: {
        summary: 'Make a secret of one-time codes; it counts once a code of it was confirmed',
        tags,
        response: { 200: NewTotp },
      },
    },
    (request) => beginTotp(deps, ownOf(request)),
  );
  app.post(
    '/api/v1/me/totp/confirm',
    {
      config: changing,
      schema: {
        summary: 'Confirm it by a code; recovery codes are made anew',
        tags,
        body: TotpCode,
        response: { 200: RecoveryCodes },
      },
    },
    async (request, reply) => {
      const own = ownOf(request);
      const codes = await attempt(deps, { exchange: { request, reply }, person: own.person }, () =>
        confirmTotp(deps, own, request.body.code),
      );
      return { codes };
    },
  );
  app.get(
    '/api/v1/me/recovery-codes',
    {
      config: own,
      schema: {
        summary: 'Count the recovery codes left',
        tags,
        response: { 200: Type.Object({ left: Type.Integer() }, { additionalProperties: false }) },
      },
    },
    async (request) => ({ left: (await describeAccount(deps, ownOf(request))).recoveryCodes }),
  );
  app.post(
    '/api/v1/me/recovery-codes',
    {
      config: changing,
      schema: {
        summary: 'Make recovery codes; former ones are void',
        tags,
        response: { 200: RecoveryCodes },
      },
    },
    async (request) => ({ codes: await renewRecoveryCodes(deps, ownOf(request)) }),
  );
}
