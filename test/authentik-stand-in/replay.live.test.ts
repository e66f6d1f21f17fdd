import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStandIn } from '../../src/authentik-stand-in/stand-in.js';
import { totpCode } from '../../src/authentik-stand-in/sign-in/totp.js';
import { createApiDocument, type Seen } from './api-document.js';
import { createBrowser } from './browser.js';
import { type Exchange, type Json, recordedExchanges } from './recorded-exchanges.js';
import { realViolations } from './real-violations.js';
import { bodyOf, remember, type Substitutes, tokenOf } from './replay-requests.js';
import { createComparison } from './same-answer.js';

/** Where the stand-in does not answer as recorded, and why. */
const departures: Readonly<Record<number, string>> = {
  89: 'the recorded 404 page stays unexplained: the same request at 107 was answered with the list',
};
const data = mkdtempSync(join(tmpdir(), 'hecate-identity-'));
const hooks: Json[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => (hooks.push(JSON.parse(body) as Json), response.end()));
});
const seen: Seen[] = [];
const comparison = createComparison();
let standIn: Awaited<ReturnType<typeof startStandIn>>;
let known: Substitutes;

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  standIn = await startStandIn({ data, port: 0 });
  const admin = readFileSync(join(data, 'bootstrap-token'), 'utf8').trim();
  const implicit = await call('GET', '/flows/instances/default-provider-authorization-implicit-consent/', admin, null);
  known = {
    admin,
    implicitFlow: String((implicit.response as { pk: string }).pk),
    keys: new Map(),
    serviceKey: '',
    webhook: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    password: 'a password',
  };
});

afterAll(async () => {
  await standIn.close();
  receiver.close();
  rmSync(data, { recursive: true, force: true });
});

describe('the stand-in against the recording of a real authentik', () => {
  test('answers every recorded request in order with the same status, shape and values', async () => {
    const found: string[] = [];
    for (const [index, exchange] of recordedExchanges.entries()) {
      await before[index]?.();
      if (departures[index]) continue;
      for (const difference of await replay(exchange, index)) {
        found.push(`${index} ${exchange.method} ${exchange.path}: ${difference}`);
      }
    }
    expect(found).toEqual([]);
  });

  test('keeps to the API document in every one of those exchanges, but for what the real one does too', () => {
    expect(seen.length).toBeGreaterThan(340);
    expect(violations(seen).filter((problem) => !realViolations.includes(problem))).toEqual([]);
  });

  test('knows everything in the recorded answers that does not fit the document itself', () => {
    const inside = recordedExchanges.filter(({ path }) => !path.startsWith('/-/') && path !== '(webhook)');
    expect(violations(inside.map(withoutRedactions))).toEqual(realViolations);
  });
});

/** Each way in which exchanges depart from the document, once, without the objects' ids. */
function violations(exchanges: readonly Seen[]): string[] {
  const problemsOf = createApiDocument();
  const found = exchanges.flatMap((exchange) => {
    const place = exchange.path
      .split('?')[0]!
      .replace(/[^/]*[0-9][^/]*/g, '*')
      .replace(/lab-[a-z-]+/g, '*');
    return problemsOf(exchange).map((problem) => `${exchange.method} ${place} ${exchange.status}: ${problem}`);
  });
  return [...new Set(found.map((problem) => problem.replace(/\/\d+(?=\/)/g, '/*')))].sort();
}

/** A recorded exchange with something of the right form where it was redacted. */
function withoutRedactions(exchange: Exchange): Exchange {
  const text = JSON.stringify(exchange)
    .replace(/(_flow":)"<redacted>"/g, `$1"${known.implicitFlow}"`)
    .replace(/(_date":)"<redacted>"/g, '$1"2026-11-23T23:47:11Z"');
  return JSON.parse(text) as Exchange;
}

async function replay(exchange: Exchange, index: number): Promise<string[]> {
  if (exchange.path === '(webhook)') return hookDifferences(exchange);
  const body = bodyOf(exchange, index, known, comparison);
  const path = comparison.translate(exchange.path);
  const { status, response } = await call(exchange.method, path, tokenOf(exchange, index, known), body);
  remember(exchange, response, known);
  if (!path.startsWith('/-/')) seen.push({ method: exchange.method, path, request: body, status, response });
  if (status !== exchange.status) return [`${exchange.status} recorded, ${status} given: ${JSON.stringify(response)}`];
  const isPage = typeof exchange.response === 'string' && typeof response === 'string';
  return isPage ? [] : comparison.differences(exchange.response, response);
}

async function hookDifferences({ request, response }: Exchange): Promise<string[]> {
  await expect.poll(() => hooks.length, { timeout: 5000 }).toBeGreaterThan(1);
  const recorded = JSON.parse((request ?? response) as string) as { [key: string]: Json };
  return comparison.differences({ ...recorded, body: '<redacted>' }, hooks.at(-1));
}

async function call(method: string, path: string, token: string | null, body: Json) {
  const response = await fetch(`${standIn.url}${path.startsWith('/-/') ? '' : '/api/v3'}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, response: (text === '' ? null : isJson ? JSON.parse(text) : text) as Json };
}

/** What people did at the sign-in pages between the recorded exchanges. */
const before: Readonly<Record<number, () => Promise<void>>> = {
  164: async () => {
    const alice = createBrowser(standIn.url);
    const asked = await alice.signIn('https://app1.lab.test/', 'alice', 'wrong');
    expect((await alice.submit(asked, { password: known.password })).isApplication).toBe(true);
    const again = createBrowser(standIn.url);
    expect((await again.signIn('https://app1.lab.test/', 'alice', known.password)).isApplication).toBe(true);
    expect((await again.open('https://other.lab.test/')).isApplication).toBe(true);
    const bob = createBrowser(standIn.url);
    expect((await bob.signIn('https://app1.lab.test/', 'bob', known.password)).text).toContain('Permission denied');
  },
  186: async () => {
    await createBrowser(standIn.url).signIn('https://app1.lab.test/', 'alice', 'wrong');
  },
  188: async () => {
    const alice = createBrowser(standIn.url);
    const page = await alice.signIn('https://app1.lab.test/', 'alice', known.password);
    const secret = /id="secret">(\w+)</.exec(page.text)?.[1] ?? '';
    expect((await alice.submit(page, { code: totpCode(secret, Date.now()) })).isApplication).toBe(true);
  },
  206: async () => {
    await createBrowser(standIn.url).signIn('https://app1.lab.test/', 'bob', known.password);
    await createBrowser(standIn.url).signIn('https://app1.lab.test/', 'bob', known.password);
  },
};
