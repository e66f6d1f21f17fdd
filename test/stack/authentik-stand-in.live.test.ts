import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startStandIn } from '../../src/stack/authentik/stand-in.js';
import { startAuthentik, type TestAuthentik } from '../contracts/identity/authentik-server.js';

type Json = Record<string, unknown>;
interface Recorded {
  readonly note: string;
  readonly method: string;
  readonly path: string;
  readonly auth: 'bearer' | 'none' | 'other' | null;
  readonly request: unknown;
  readonly status: number;
  readonly response: unknown;
}

const folder = new URL('../contracts/identity/', import.meta.url).pathname;
const unpacked = (name: string) => gunzipSync(readFileSync(join(folder, name))).toString();
const recorded = unpacked('exchanges.jsonl.gz')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

/** Recorded while the server was still starting; a webhook whose receiver is not here, and what it received. */
const LEFT_OUT = new Set([89, 185, 186]);
/** Here a person had signed in three times. */
const SIGNED_IN_BEFORE = 206;
/** Values whose keys are the user's own, or that depend on the server's setting up. */
const FREE = new Set([
  'attributes',
  'config',
  'context',
  'autocomplete',
  'settings',
  'models',
  'geo_ip',
  'asn',
  'brand',
  'log_messages',
]);
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

let authentik: TestAuthentik;
const problems: string[] = [];
const replayed: { index: number; request: unknown; path: string; status: number; response: unknown }[] = [];

beforeAll(async () => {
  authentik = await startAuthentik(0);
  await replay();
});
afterAll(() => authentik.stop());

/** Sends every recorded request in order, with the ids that our objects have, and notes what differs. */
async function replay(): Promise<void> {
  const ids = new Map<string, string>();
  const keys = new Map<string, string>();
  const admin = readFileSync(authentik.tokenFile.replace('hecate-token', 'bootstrap-token'), 'utf8');
  const translated = (text: string) => text.replace(UUID, (id) => ids.get(id) ?? id);
  let old = '';
  let serviceToken = '';
  const tokenFor = (index: number): string => {
    if (index === 3) return 'bad';
    if (index === 131) return old;
    if (index === 333) return serviceToken;
    return keys.get(index < 138 ? 'lab-api-1' : 'lab-api-2') ?? '';
  };
  const flow = await authentik.admin<{ pk: string }>(
    'GET',
    '/flows/instances/default-provider-authorization-implicit-consent/',
  );
  for (const [index, exchange] of recorded.entries()) {
    if (LEFT_OUT.has(index)) continue;
    if (index === SIGNED_IN_BEFORE) for (let time = 0; time < 3; time++) await signIn('bob', keyOf(19));
    const key = keyOf(index);
    const redacted: Record<string, string> = {
      authorization_flow: flow.pk,
      cookie_domain: 'lab.test',
      key,
      password: key,
    };
    const body = exchange.request as Json | null;
    const request =
      body === null
        ? null
        : (JSON.parse(translated(JSON.stringify(body)), (name, value: unknown) =>
            value === '<redacted>' ? (redacted[name] ?? value) : value,
          ) as unknown);
    const path = translated(exchange.path);
    const health = path.startsWith('/-/');
    const response = await fetch(`${authentik.url}${health ? '' : '/api/v3'}${path}`, {
      method: exchange.method,
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...(exchange.auth === 'none'
          ? {}
          : { authorization: `Bearer ${exchange.auth === 'other' ? tokenFor(index) : admin}` }),
      },
      ...(request === null ? {} : { body: JSON.stringify(request) }),
    });
    const text = await response.text();
    const answer = parsed(text);
    replayed.push({ index, request, path, status: response.status, response: answer });
    if (response.status !== exchange.status) {
      problems.push(
        `${index} ${exchange.method} ${path}: ${response.status}, recorded ${exchange.status}: ${text.slice(0, 200)}`,
      );
    } else if (typeof exchange.response === 'object') {
      problems.push(...differences(exchange.response, answer, `${index} ${exchange.method} ${path}`));
    }
    pair(exchange.response, answer, ids);
    const [, identifier, what] = /^\/core\/tokens\/([^/]+)\/(view_key|set_key)\/$/.exec(path) ?? [];
    if (identifier && what === 'view_key' && response.ok) keys.set(identifier, String((answer as Json)['key']));
    if (identifier && what === 'set_key' && response.ok) {
      if (index === 130) old = keys.get(identifier) ?? '';
      keys.set(identifier, key);
    }
    if (path === '/core/users/service_account/' && response.ok) serviceToken = String((answer as Json)['token']);
  }
}

/** What stands for a redacted secret of a request. */
function keyOf(index: number): string {
  return `key-${index}-${'x'.repeat(40)}`;
}

/** Signs in by the flow executor, as a client without a browser does; answers the last challenge. */
async function signIn(uid_field: string, password: string): Promise<Json> {
  const url = `${authentik.url}/api/v3/flows/executor/default-authentication-flow/`;
  const first = await fetch(url);
  const cookie = first.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ');
  let challenge: Json = {};
  for (const body of [{ uid_field }, { password }]) {
    const headers = { 'content-type': 'application/json', cookie };
    challenge = (await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as Json;
  }
  return challenge;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Learns which of our ids stands for which recorded one. */
function pair(theirs: unknown, ours: unknown, ids: Map<string, string>): void {
  if (typeof theirs === 'string' && typeof ours === 'string' && /^[0-9a-f-]{36}$/.test(theirs)) {
    if (!ids.has(theirs)) ids.set(theirs, ours);
  } else if (Array.isArray(theirs) && Array.isArray(ours)) {
    for (const [index, value] of theirs.entries()) pair(value, ours[index], ids);
  } else if (isObject(theirs) && isObject(ours)) {
    for (const [name, value] of Object.entries(theirs)) pair(value, ours[name], ids);
  }
}

/** Keys and kinds of values, as far as both have something to compare. */
function differences(theirs: unknown, ours: unknown, at: string): string[] {
  if (theirs === null || ours === null) return [];
  if (Array.isArray(theirs) !== Array.isArray(ours) || typeof theirs !== typeof ours) {
    return [`${at}: ${JSON.stringify(ours)?.slice(0, 60)}, recorded ${JSON.stringify(theirs)?.slice(0, 60)}`];
  }
  if (Array.isArray(theirs)) {
    return theirs.length > 0 && (ours as unknown[]).length > 0
      ? differences(theirs[0], (ours as unknown[])[0], `${at}[0]`)
      : [];
  }
  if (!isObject(theirs) || !isObject(ours)) return [];
  const missing = Object.keys(theirs).filter((name) => !(name in ours));
  const added = Object.keys(ours).filter((name) => !(name in theirs));
  return [
    ...missing.map((name) => `${at}: ${name} is missing`),
    ...added.map((name) => `${at}: ${name} is too much`),
    ...Object.keys(theirs).flatMap((name) =>
      FREE.has(name) || !(name in ours) ? [] : differences(theirs[name], ours[name], `${at}.${name}`),
    ),
  ];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('the stand-in', () => {
  it('answers the recorded exchanges of a real server with the same status and shape', () => {
    expect(problems).toEqual([]);
    expect(replayed.length).toBe(recorded.length - LEFT_OUT.size);
  });

  it('answers what the API’s document says, and is asked what it says', () => {
    const document = parse(unpacked('openapi.yaml.gz'), { maxAliasCount: -1 }) as Json;
    const check = checkerOf(document);
    const found = recorded.flatMap((exchange, index) => {
      const ours = replayed.find((one) => one.index === index);
      if (!ours || exchange.path.startsWith('/-/')) return [];
      const real = check(exchange.method, exchange.path, exchange);
      // Where a real server's own answer is not what its document says, neither need ours be.
      return real.length > 0
        ? []
        : check(exchange.method, ours.path, ours).map((text) => `${index} ${exchange.method} ${ours.path}: ${text}`);
    });
    expect(found).toEqual([]);
  });
});

describe('the stand-in as a process', () => {
  const program = join(import.meta.dirname, '../../dist/authentik-stand-in.cjs');

  it('refuses to listen beyond loopback', () => {
    const args = [program, '--data', '/nowhere', '--port', '0', '--host', '0.0.0.0'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('loopback');
  });

  it('keeps everything over a restart, and its secrets to its owner', async () => {
    const data = mkdtempSync(join(tmpdir(), 'hecate-stand-in-'));
    const first = await startStandIn({ data, port: 0 });
    const token = readFileSync(join(data, 'bootstrap-token'), 'utf8');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    await fetch(`${first.url}/api/v3/core/groups/`, { method: 'POST', headers, body: '{"name":"kept"}' });
    await first.close();
    const second = await startStandIn({ data, port: 0 });
    const found = (await (await fetch(`${second.url}/api/v3/core/groups/?name=kept`, { headers })).json()) as Json;
    await second.close();
    expect((found['results'] as unknown[]).length).toBe(1);
    for (const name of ['bootstrap-token', 'hecate-token', 'akadmin-password', 'state.json']) {
      expect(statSync(join(data, name)).mode & 0o077, name).toBe(0);
    }
    rmSync(data, { recursive: true });
  });

  it('says that it is one on every page and in every answer', async () => {
    const page = await fetch(`${authentik.url}/if/flow/default-authentication-flow/`);
    expect(page.headers.get('x-hecate-stand-in')).toBe('authentik');
    expect(await page.text()).toContain('stand-in for development, not authentik');
  });

  it('refuses a wrong password and says nothing about who exists', async () => {
    const wrong = await signIn('bob', 'wrong');
    const nobody = await signIn('nobody-here', 'wrong');
    expect(wrong).toMatchObject({
      component: 'ak-stage-password',
      response_errors: { password: [{ code: 'invalid' }] },
    });
    expect(nobody['response_errors']).toEqual(wrong['response_errors']);
  });

  it('gives Hecate’s own account no right beyond what it needs', async () => {
    const token = readFileSync(authentik.tokenFile, 'utf8');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (const path of ['/core/users/', '/core/tokens/', '/rbac/roles/']) {
      const { status } = await fetch(`${authentik.url}/api/v3${path}`, { method: 'POST', headers, body: '{}' });
      expect(status, path).toBe(403);
    }
  });
});

/** Checks a request and its answer against an OpenAPI 3.0 document. */
function checkerOf(document: Json) {
  const ajv = new Ajv({ strict: false, logger: false, validateFormats: false });
  const schemas = nullable((document['components'] as Json)['schemas']) as Json;
  ajv.addSchema({ $id: 'api', components: { schemas } });
  const paths = document['paths'] as Record<string, Json>;
  const templates = Object.keys(paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`),
    placeholders: template.split('{').length,
  }));
  return (
    method: string,
    path: string,
    { request, status, response }: { request: unknown; status: number; response: unknown },
  ) => {
    const plain = path.split('?')[0] ?? '';
    const matching = templates
      .filter(({ pattern }) => pattern.test(plain))
      .sort((a, b) => a.placeholders - b.placeholders);
    const operation = paths[matching[0]?.template ?? '']?.[method.toLowerCase()] as Json | undefined;
    if (!operation) return [];
    const problemsFound: string[] = [];
    const validate = (what: string, content: unknown, value: unknown) => {
      const schema = ((content as Json | undefined)?.['application/json'] as Json | undefined)?.['schema'];
      if (!schema || value === null || value === undefined || value === '') return;
      const run = ajv.compile(nullable(rooted(schema)) as Json);
      if (!run(value)) problemsFound.push(`${what}: ${ajv.errorsText(run.errors)}`);
    };
    if (status < 300) validate('request', (operation['requestBody'] as Json | undefined)?.['content'], request);
    const answer = (operation['responses'] as Json)[String(status)] as Json | undefined;
    validate(`answer ${status}`, answer?.['content'], response);
    return problemsFound;
  };
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type more. */
function nullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullable);
  if (!isObject(value)) return value;
  const { nullable: isNullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, nullable(inner)]),
  );
  if (typeof rest['$ref'] === 'string') rest['$ref'] = rooted(rest['$ref']);
  return isNullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
}

function rooted<T>(value: T): T {
  const text = JSON.stringify(value);
  return JSON.parse(text.replaceAll('"#/components/', '"api#/components/')) as T;
}
