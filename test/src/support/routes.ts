// The routes a running server documents, an example address of each, and bare HTTP requests that may get everything wrong.
import { request as httpsRequest } from 'node:https';
import type { MusterServer } from '@muster/server';

/** One documented route. */
export interface Route {
  readonly method: string;
  /** As documented, `/api/v1/devices/{id}`. */
  readonly pattern: string;
  /** An address that fits its parameters; the ids in it exist nowhere. */
  readonly path: string;
  readonly isPublic: boolean;
  readonly takesBody: boolean;
  readonly query: readonly string[];
  /** Schema of the answer in JSON; null for a stream. */
  readonly answer: object | null;
}

interface Operation {
  readonly security?: readonly object[];
  readonly requestBody?: object;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

/** The document, as far as it is looked at here. */
export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const NOBODY = 'a'.repeat(26);

/** What the ids of a subject begin with; devices' everywhere else. */
const prefixes: Readonly<Record<string, string>> = {
  'enrollment-tokens': 'tok',
  jobs: 'cmd',
  halts: 'hlt',
  persons: 'per',
  groups: 'grp',
  views: 'viw',
  roles: 'rol',
  'notifications/ways': 'way',
  'notifications/rules': 'nrl',
  'notifications/pauses': 'nps',
  'notifications/messages': 'nms',
  'me/passkeys': 'pky',
  'me/identities': 'idn',
  'me/sessions': 'ses',
};

/** Every route of the document. */
export function listRoutes(document: ApiDocument): Route[] {
  return Object.entries(document.paths).flatMap(([pattern, operations]) =>
    Object.entries(operations).map(([method, operation]) => describe(pattern, method, operation)),
  );
}

function describe(pattern: string, method: string, operation: Operation): Route {
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query');
  const [, , , subject = '', part = ''] = pattern.split('/');
  const id = `${prefixes[subject] ?? prefixes[`${subject}/${part}`] ?? 'dev'}_${NOBODY}`;
  const needed = query
    .filter(({ required }) => required)
    .map(({ name }) => `${name}=${name === 'offset' ? '0' : 'x'}`);
  const path = pattern
    // Keys have no name but what is computed from them.
    .replace('keys/{id}', 'keys/0123456789abcdef')
    .replace('{id}', id)
    .replace('{section}', 'processes')
    .replace('{deviceId}', `dev_${NOBODY}`)
    .replace('{tokenId}', `tok_${NOBODY}`)
    .replace('{sessionId}', `ses_${NOBODY}`)
    .replace('{group}', `grp_${NOBODY}`)
    .replace('{role}', 'viewer')
    .replace('{name}', 'a-policy')
    .replace('{snapshot}', `snp_${NOBODY}`)
    .replace(/\{(sha256|digest)\}/, 'A'.repeat(43));
  const { content } = operation.responses['200'] ?? operation.responses['201'] ?? {};
  return {
    method: method.toUpperCase(),
    pattern,
    path: needed.length === 0 ? path : `${path}?${needed.join('&')}`,
    isPublic: operation.security?.length === 0,
    takesBody: operation.requestBody !== undefined,
    query: query.map(({ name }) => name),
    answer: content?.['application/json']?.schema ?? null,
  };
}

/** Faults of a value against a schema of the document, by the server's own strict validator; none when it fits. */
export function findFaults({ app }: MusterServer, schema: object, value: unknown): string[] {
  const compile = app.validatorCompiler;
  if (compile === undefined) throw new Error('the server has no validator');
  const outcome: unknown = compile({ schema, method: 'GET', url: '/', httpPart: 'body' })(value);
  const violations =
    typeof outcome === 'object' && outcome !== null && 'error' in outcome ? [outcome.error] : [];
  return violations.map((one) => JSON.stringify(one, ['validation', 'instancePath', 'message']));
}

/** A request without a rule. */
export interface BareCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Loopback address to come from: failed sign-ins are counted by address. */
  readonly from?: string;
}

/** What came back. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends it on a connection of its own; resolves as soon as the answer is complete, sent or not. */
export function ask(url: string, { method, path, headers, body, from }: BareCall): Promise<BareAnswer> {
  const options = { method, headers: { ...headers }, rejectUnauthorized: false, agent: false } as const;
  const origin = from === undefined ? {} : { localAddress: from };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(new URL(path, url), { ...options, ...origin }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        request.destroy();
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
