import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compare, hash, hashSync } from 'bcryptjs';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBasicAuthIssuer } from '../../../src/adapters/caddy/basic-auth-issuer.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import type { Credential, Issuer } from '../../../src/ports/credentials.js';
import { route, routeChange } from '../../builders/log.js';
import { unlessReset } from '../../builders/unless-reset.js';
import { NOW, rotate, startRotationLab, type RotationLab } from './rotation-lab.js';

const hashPassword = (password: string) => hash(password, 4);
const editionOf = (letter: string) => letter.repeat(24);
const first: Credential = {
  edition: editionOf('a'),
  value: { ada: hashSync('one', 4), bob: hashSync('two', 4) },
  plain: { ada: 'one', bob: 'two' },
};
const team = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: first.edition });

const named = { name: 'team', settings: {} };

let lab: RotationLab;
let issuer: Issuer;
let server: Server;
let upstream: string;
let answer: { status: number; headers: Record<string, string> };
let visits = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    visits += 1;
    response.writeHead(answer.status, answer.headers).end('answer');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  answer = { status: 200, headers: {} };
  lab = await startRotationLab();
  issuer = createBasicAuthIssuer({
    log: lab.log,
    proxies: lab.proxies,
    secrets: lab.vault,
    now: () => NOW,
    hashPassword,
    newPassword: () => randomBytes(18).toString('base64url'),
  });
  await lab.keep(team, first);
  await lab.commit(changeOf('Secret', 'team', null, team));
  return () => lab.stop();
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const using = (domain: string, middleware = ['basic-auth:team']) =>
  routeChange(null, route(domain, { upstream, middleware }));

async function statusOf(at: number, user: string, password: string, host = 'app.example.com'): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return unlessReset(async () => {
    const { statusCode, body } = await request(lab.caddies[at]?.http ?? '', {
      headers: { host, authorization },
      reset: true,
    });
    await body.dump();
    return statusCode;
  });
}

describe('the issuer of basic-auth', () => {
  it('makes a new password for each user, without refusing a known one before it is revoked', async () => {
    await lab.commit(using('app.example.com'));
    const refused: string[] = [];
    let uses = 0;
    let known = first;
    let former = first;
    let phase = '';
    const stop = new AbortController();
    const load = [0, 1].map(async (at) => {
      while (!stop.signal.aborted) {
        const [during, used] = [phase, known];
        const status = await statusOf(at, 'ada', used.plain?.['ada'] ?? '');
        uses += 1;
        if (status !== 200) refused.push(`${during}: ${status}`);
      }
    });
    for (const letter of ['b', 'c', 'd', 'e', 'f']) {
      const next = await rotate(lab, issuer, {
        name: 'team',
        former,
        next: editionOf(letter),
        at: async (now, made) => {
          phase = now;
          // A user changes over in the grace period.
          if (now === 'grace' && made !== null) known = made;
          await new Promise((resolve) => setTimeout(resolve, 60));
        },
      });
      for (const at of [0, 1]) {
        expect(await statusOf(at, 'ada', former.plain?.['ada'] ?? '')).toBe(401);
        expect(await statusOf(at, 'bob', next.plain?.['bob'] ?? '')).toBe(200);
      }
      former = next;
    }
    stop.abort();
    await Promise.all(load);
    expect(refused).toEqual([]);
    expect(uses).toBeGreaterThan(100);
  });

  it('returns a password and its hash for each user of the value in force', async () => {
    const { value, plain } = await issuer.issue(named, { edition: editionOf('b'), former: first });
    expect(Object.keys(value)).toEqual(['ada', 'bob']);
    for (const [user, password] of Object.entries(plain ?? {})) {
      expect(password).toMatch(/^[\w-]{24}$/);
      expect(await compare(password, value[user] ?? '')).toBe(true);
    }
  });

  it('needs the value in force, which names the users', async () => {
    const lost = issuer.issue(named, { edition: editionOf('b'), former: null });
    await expect(lost).rejects.toMatchObject({ kind: 'missing', message: expect.stringContaining('team') as string });
  });

  it('proves nothing for a secret that no route uses', async () => {
    expect(await issuer.prove(named, { ...first, edition: editionOf('b') })).toEqual([]);
    expect(await issuer.isAccepted(named, { ...first, edition: editionOf('b') })).toBe(false);
  });

  it('names each route that uses the secret, also where a guard comes before it', async () => {
    await lab.commit(using('app.example.com'), using('closed.example.com', ['ip-deny:127.0.0.1', 'basic-auth:team']));
    expect(await issuer.prove(named, first)).toEqual([
      { name: 'route app.example.com', since: NOW },
      { name: 'route closed.example.com', since: NOW },
    ]);
  });

  it.each([
    [401, { 'www-authenticate': 'Basic realm="restricted"' }],
    [403, {}],
    [503, {}],
  ])('tells an upstream’s own %i from a refused password', async (status, headers) => {
    answer = { status, headers };
    await lab.commit(using('app.example.com'));
    expect(await issuer.prove(named, first)).toHaveLength(1);
    expect(await issuer.isAccepted(named, first)).toBe(true);
  });

  it('asks no upstream with a password that is refused', async () => {
    await lab.commit(using('app.example.com'));
    visits = 0;
    const gone = { edition: editionOf('9'), value: { ada: hashSync('gone', 4) }, plain: { ada: 'gone' } };
    expect(await issuer.isAccepted(named, gone)).toBe(false);
    expect(visits).toBe(0);
  });

  it('waits for a proxy that does not have the new value', async () => {
    await lab.commit(using('app.example.com'));
    const next = await made('b');
    await lab.begin('team', next.edition, { phase: 'distribute' });
    await lab.write(0);
    expect(await issuer.prove(named, next)).toHaveLength(1);
    // As if the second Caddy had come back with its old configuration.
    const old = { match: [{ host: ['app.example.com'] }], handle: [{ handler: 'static_response', status_code: 200 }] };
    await lab.caddies[1]?.admin('PUT', '/config/apps/http/servers/hecate/routes/0', { ...old, terminal: true });
    await expect(issuer.prove(named, next)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/^caddy-2 .*app\.example\.com/) as string,
    });
    await lab.write(1);
  });

  it('waits for a proxy that is down, and names it', async () => {
    await lab.commit(using('app.example.com'));
    await lab.caddies[1]?.stop();
    const down = { kind: 'unavailable', message: expect.stringContaining('caddy at') as string };
    await expect(issuer.preflight(named)).rejects.toMatchObject(down);
    await expect(issuer.prove(named, first)).rejects.toMatchObject(down);
    await expect(issuer.isAccepted(named, first)).rejects.toMatchObject(down);
  });

  it('notices an account that somebody removed by hand in the grace period', async () => {
    await lab.commit(using('app.example.com'));
    const next = await made('b');
    await lab.keep(team, next);
    await lab.begin('team', next.edition, { phase: 'prove' });
    await lab.move('team', { kind: 'done' });
    await lab.move('team', { kind: 'done' });
    expect(lab.secret('team').rotation?.phase).toBe('grace');
    expect(await issuer.isAccepted(named, first)).toBe(true);
    const server = await lab.proxies[0]?.configured();
    const cut = JSON.parse(
      JSON.stringify(server).replaceAll(next.value['ada'] ?? '', hashSync('foreign', 4)),
    ) as unknown;
    await lab.caddies[0]?.admin('POST', '/config/apps/http/servers/hecate', cut);
    await expect(issuer.prove(named, next)).rejects.toMatchObject({ kind: 'unavailable' });
    await lab.write(0);
    expect(await issuer.prove(named, next)).toHaveLength(1);
  });

  it('still accepts a revoked value that a proxy has by hand', async () => {
    await lab.commit(using('app.example.com'));
    const next = await made('b');
    await lab.keep(team, next);
    await lab.begin('team', next.edition, { phase: 'revoke' });
    expect(await issuer.isAccepted(named, first)).toBe(false);
    const server = await lab.proxies[1]?.configured();
    const cut = JSON.parse(
      JSON.stringify(server).replaceAll(next.value['ada'] ?? '', first.value['ada'] ?? ''),
    ) as unknown;
    await lab.caddies[1]?.admin('POST', '/config/apps/http/servers/hecate', cut);
    expect(await issuer.isAccepted(named, first)).toBe(true);
  });

  it('does not count an account that the new value has too', async () => {
    await lab.commit(using('app.example.com'));
    // Ada keeps her password in a new hash, Bob his line; both stay valid on purpose.
    const next = {
      edition: editionOf('b'),
      value: { ada: hashSync('one', 4), bob: first.value['bob'] ?? '' },
      plain: null,
    };
    await lab.keep(team, next);
    await lab.begin('team', next.edition, { phase: 'revoke' });
    await lab.move('team', { kind: 'done' });
    expect(await issuer.isAccepted(named, first)).toBe(false);
  });
});

async function made(letter: string): Promise<Credential> {
  const edition = editionOf(letter);
  const next = { edition, ...(await issuer.issue(named, { edition, former: first })) };
  await lab.keep(team, next);
  return next;
}
