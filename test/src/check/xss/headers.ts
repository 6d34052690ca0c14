// What stands in front of every kind of answer: the policy that stops a script that got in, and what a browser may take an answer for.
import { request } from 'node:https';
import { connect } from 'node:tls';

/** The front of an answer. */
export interface Front {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What is asked. */
export interface FrontCall {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks, and looks at the front only: some answers never end. */
export function readFront(
  url: string,
  { method = 'GET', path, headers = {}, body }: FrontCall,
): Promise<Front> {
  const options = { method, headers: { ...headers }, rejectUnauthorized: false, agent: false };
  return new Promise((resolve, reject) => {
    const asked = request(url + path, options, (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      response.on('error', () => undefined);
      asked.destroy();
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The front of the answer to bytes that are no request. */
export function readBroken(url: string, bytes: string): Promise<Front> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false }, () =>
      socket.write(bytes),
    );
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', reject);
    socket.on('end', () => {
      const [head = ''] = text.split('\r\n\r\n');
      const lines = head.split('\r\n').slice(1);
      const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ')));
      resolve({ status: Number(text.split(' ')[1]), headers });
      socket.destroy();
    });
  });
}

/** What the policy must say, word for word. */
const wanted: Readonly<Record<string, string>> = {
  'default-src': "'self'",
  'script-src': "'self'",
  'connect-src': "'self'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default',
};

/** Pure: what a policy lacks. Styles may stand in elements: the libraries of the console set them (docs/architecture/console.md). */
function judgePolicy(policy: string): string[] {
  const directives = new Map(
    policy.split(';').map((one) => {
      const [name = '', ...values] = one.trim().split(/\s+/);
      return [name, values.join(' ')] as const;
    }),
  );
  // An answer that no application gives is never a page: nothing may come from anywhere.
  if (policy === "default-src 'none'; frame-ancestors 'none'") return [];
  const faults = Object.entries(wanted)
    .filter(([name, value]) => directives.get(name) !== value)
    .map(([name, value]) => `${name} is ${directives.get(name) ?? 'absent'} instead of ${value}`);
  for (const [name, values] of directives)
    if (/'unsafe|\*|http/.test(values) && !(name === 'style-src' && values === "'self' 'unsafe-inline'"))
      faults.push(`${name} ${values}`);
  return faults;
}

/** Types that a browser shows without running anything of them, as long as it does not guess. */
const PLAIN =
  /^(?:application\/(?:problem\+)?json|application\/x-ndjson|text\/(?:plain|csv|event-stream|markdown)|application\/octet-stream)\b/;
/** What the console is made of. */
const BUILT = /^(?:text\/(?:html|css|javascript)|application\/javascript|image\/svg\+xml|font\/woff2)\b/;

/** Pure: what is wrong with the front of an answer; `isFile`: one of the console's own files, and so not data. */
export function judgeFront({ status, headers }: Front, isFile: boolean): string[] {
  const is = (name: string, value: string) =>
    headers[name] === value ? [] : [`${name} is ${headers[name] ?? 'absent'} instead of ${value}`];
  const type = String(headers['content-type'] ?? '');
  const isEmpty = status === 204 || (status >= 300 && status < 400);
  const isPlain = isEmpty || (isFile ? BUILT.test(type) || PLAIN.test(type) : PLAIN.test(type));
  return [
    ...judgePolicy(String(headers['content-security-policy'] ?? '')),
    ...is('x-content-type-options', 'nosniff'),
    ...is('referrer-policy', 'no-referrer'),
    ...is('cross-origin-opener-policy', 'same-origin'),
    ...is('cross-origin-resource-policy', 'same-origin'),
    ...(isPlain ? [] : [`content-type is ${type}`]),
    ...(/csv|octet-stream|ndjson/.test(type) &&
    !/^attachment/.test(String(headers['content-disposition'] ?? ''))
      ? [`${type} is not an attachment`]
      : []),
  ];
}

/** Kinds of answers beside those of the routes: the console's own files, and refusals of every sort. */
export async function listKinds(
  url: string,
  cookie: string,
): Promise<(FrontCall & { readonly isFile: boolean })[]> {
  const page = await readText(url, '/');
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].flatMap(([, path]) => path ?? []);
  const json = { 'content-type': 'application/json', cookie };
  const refused: FrontCall[] = [
    { path: '/api/v1/nothing' },
    { path: '/api/v1/devices' },
    { path: '/api/v1/devices', headers: { authorization: 'Bearer x' } },
    { path: '/api/v1/devices?on=%3Cscript%3E', headers: json },
    { path: '/api/v1/devices?limit=%3Cscript%3E', headers: json },
    { path: '/api/v1/devices/%3Cscript%3E', headers: json },
    { path: '/api/v1/groups', method: 'POST', headers: json, body: '{"name":"<script>"' },
    { path: '/api/v1/groups', method: 'POST', headers: json, body: '{"<script>":1}' },
    {
      path: '/api/v1/groups',
      method: 'POST',
      headers: { ...json, 'content-type': 'text/html' },
      body: '<b>',
    },
    { path: '/api/v1/groups', method: 'POST', headers: json, body: `"${'x'.repeat(400_000)}"` },
    {
      path: '/api/v1/groups',
      method: 'POST',
      headers: { ...json, origin: 'https://evil.example' },
      body: '{}',
    },
    { path: '/api/v1/devices', method: 'DELETE', headers: json },
    { path: '/agent', headers: json },
    { path: '/assets/nothing.js' },
    { path: '/docs/nothing.md' },
    { path: '/%zz' },
    { path: '/..%2f..%2fetc/passwd' },
    { path: `/${'x'.repeat(9_000)}` },
  ];
  return [
    ...[
      '/',
      '/devices',
      '/sign-in',
      '/setup',
      '/nowhere/<script>',
      ...files,
      '/docs/architecture/console.md',
    ].map((path) => ({ path: encodeURI(path), isFile: true })),
    ...refused.map((one) => ({ ...one, isFile: one.path.startsWith('/x') })),
  ];
}

function readText(url: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end();
  });
}
