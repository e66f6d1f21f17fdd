import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandPath, runCommand } from '../../../src/adapters/consumers/command.js';
import { createGenericIssuer, type ConsumerAccess } from '../../../src/adapters/consumers/generic-issuer.js';
import { createNameLookup } from '../../../src/adapters/machine/name-lookup.js';
import { createSurroundings } from '../../../src/adapters/machine/surroundings.js';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { newSecret, vaultPathOf, type Secret } from '../../../src/domain/resources/secret.js';
import { runningRotation } from '../../builders/rotating.js';
import { makeAuthority } from '../../builders/certificates.js';
import type { Credential } from '../../../src/ports/credentials.js';
import { Failure } from '../../../src/ports/failure.js';

const KEYS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs='];
const VALUE = 'the-value-that-nobody-may-see';
const edition = (letter: string) => letter.repeat(24);
const credential = (letter: string): Credential => ({ edition: edition(letter), value: { value: VALUE }, plain: null });

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Behaviour = (response: ServerResponse, request: IncomingMessage, attempt: number) => void;

const answering =
  (...statuses: number[]): Behaviour =>
  (response, _request, attempt) =>
    void response.writeHead(statuses[Math.min(attempt, statuses.length) - 1] ?? 200).end();

const received: Received[] = [];
let behave: Behaviour = answering(204);
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    received.push({ headers: request.headers, body });
    behave(response, request, received.length);
  });
});
let origin = '';
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received.length = 0;
  behave = answering(204);
});

// Not below /tmp of a container whose folders others may change.
const folder = mkdtempSync(join(homedir(), '.hecate-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secrets = createMemorySecrets();
const signer: Secret = newSecret({ name: 'billing-key', kind: 'generic', version: 1, edition: edition('k') });
let known: Secret | null = signer;
beforeAll(() => secrets.keep(vaultPathOf(signer), { value: KEYS[0]! }));
afterEach(() => void (known = signer));

const surroundings = (ports: readonly number[] = []) =>
  createSurroundings({
    home: join(folder, 'home'),
    seenFrom: 'here',
    proxies: [{ admin: 'unix//nowhere/admin.sock', entrances: [] }],
    servers: ports.map((port) => ({ name: 'NATS', host: '127.0.0.1', port })),
    peers: [],
    listening: () => [],
  });

const access = (more: Partial<ConsumerAccess> = {}): ConsumerAccess => ({
  secrets,
  secretNamed: async (name) => (name === 'billing-key' ? known : null),
  mount: 'hecate',
  commandsFolder: folder,
  searchPath: process.env['PATH'] ?? '',
  now: () => new Date().toISOString(),
  resolve: createNameLookup(),
  surroundings: surroundings(),
  ...more,
});
const issuer = createGenericIssuer(access());
const billing = (settings: Record<string, unknown> = {}) => ({
  name: 'billing',
  settings: { webhook: `${origin}/hook`, webhookSecret: 'billing-key', ...settings },
});
const editions = {
  former: { version: 1, edition: edition('a') },
  next: { version: 2, edition: edition('b') },
  older: null,
  strategy: 'dual-secret' as const,
};
const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const error = await promise.then(
    () => null,
    (one: unknown) => one,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no failure: ${String(error)}`);
};
const like = (pattern: RegExp) => expect.stringMatching(pattern) as string;
const verified = (index: number, key = KEYS[0]!) =>
  new Webhook(key).verify(received[index]!.body, received[index]!.headers as Record<string, string>) as {
    type: string;
    data: Record<string, unknown>;
  };

describe('a value', () => {
  it('is made at random, in the form that the settings say', async () => {
    const made = async (settings: Record<string, unknown>) =>
      (await issuer.issue(billing(settings), { edition: edition('b'), former: null })).value['value'];
    expect(await made({})).toMatch(/^[\w-]{43}$/);
    expect(await made({})).not.toBe(await made({}));
    expect(await made({ valueFormat: 'hex', valueLength: 40 })).toMatch(/^[0-9a-f]{40}$/);
    expect(await made({ valueFormat: 'whsec' })).toMatch(/^whsec_/);
  });

  it('stays a key of webhooks when it was one', async () => {
    const former: Credential = { edition: edition('a'), value: { value: `${KEYS[0]!}\n` }, plain: null };
    const { value } = await issuer.issue({ name: 'key', settings: {} }, { edition: edition('b'), former });
    expect(value['value']).toMatch(/^whsec_/);
  });
});

describe('a webhook', () => {
  it('gets each event signed, with the path of the value and never the value', async () => {
    const secret = { ...billing(), rotation: editions };
    await issuer.preflight(secret);
    await issuer.distribute(secret, credential('b'));
    expect(await issuer.prove(secret, credential('b'))).toEqual([
      { name: `webhook ${origin}`, since: expect.any(String) as string },
    ]);
    await issuer.revoke(secret, edition('a'), credential('a'));
    expect(await issuer.isAccepted(secret, credential('a'))).toBe(false);
    await issuer.takeBack?.(secret, credential('a'));
    expect(received.map((_, index) => verified(index).type)).toEqual([
      'secret.ping',
      'secret.rotated',
      'secret.revoked',
      'secret.rotation-cancelled',
    ]);
    expect(verified(0).data).toEqual({ name: 'billing' });
    expect(verified(1).data).toEqual({
      name: 'billing',
      version: 2,
      edition: edition('b'),
      vaultMount: 'hecate',
      vaultPath: `generic/billing/${edition('b')}`,
    });
    expect(verified(3).data).toMatchObject({ version: 1, edition: edition('a') });
    expect(JSON.stringify(received)).not.toContain(VALUE);
    expect(JSON.stringify(received)).not.toContain(KEYS[0]!.slice(6));
  });

  it('gets a repeated event with the same id', async () => {
    for (const letter of ['b', 'b', 'c']) await issuer.distribute(billing(), credential(letter));
    const [first, second, third] = received.map(({ headers }) => headers['webhook-id']);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
    expect(received.map(({ headers }) => headers['webhook-id']).join()).not.toContain('.');
  });

  it('is tried again after 500, 503, 408 and 429, and takes the event later', async () => {
    behave = answering(500, 503, 408, 429, 204);
    for (const status of [500, 503, 408, 429]) {
      const failure = await failureOf(issuer.distribute(billing(), credential('b')));
      expect(failure).toMatchObject({ kind: 'unavailable', message: `the webhook ${origin} answered ${status}` });
    }
    await issuer.distribute(billing(), credential('b'));
  });

  it('may say how long to wait', async () => {
    behave = (response) => void response.writeHead(429, { 'retry-after': '120' }).end();
    expect((await failureOf(issuer.distribute(billing(), credential('b')))).message).toMatch(
      /429 and asks to wait 120 s/,
    );
  });

  it.each([
    [400, 'denied'],
    [401, 'denied'],
    [404, 'missing'],
    [410, 'missing'],
    [422, 'denied'],
  ])('that answers %s needs a person', async (status, kind) => {
    behave = answering(status);
    const failure = await failureOf(issuer.distribute(billing(), credential('b')));
    expect(failure).toMatchObject({ kind });
    expect(failure.message).toContain(String(status));
    expect(failure.details.hint).toMatch(/hecate (?:read|update) secret --name billing/);
  });

  it('is not followed to another address', async () => {
    behave = (response) => void response.writeHead(307, { location: `${origin}/other` }).end();
    const failure = await failureOf(issuer.distribute(billing(), credential('b')));
    expect(failure).toMatchObject({ kind: 'denied', message: like(/redirects \(307\), which is not followed/) });
    expect(received).toHaveLength(1);
  });

  it('may answer without end: only its status is read', async () => {
    behave = (response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1 << 20);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    };
    await issuer.distribute(billing(), credential('b'));
  });

  it('that closes the connection, or does not answer in 10 s, is tried again', async () => {
    behave = (_response, request) => void request.socket.destroy();
    expect(await failureOf(issuer.distribute(billing(), credential('b')))).toMatchObject({ kind: 'unavailable' });
    behave = () => undefined;
    const failure = await failureOf(issuer.distribute(billing(), credential('b')));
    expect(failure).toMatchObject({ kind: 'unavailable', message: like(/no answer in time/) });
    expect(await failureOf(issuer.preflight(billing({ webhook: 'http://127.0.0.1:1/' })))).toMatchObject({
      kind: 'unavailable',
      message: 'the webhook http://127.0.0.1:1 does not answer (ECONNREFUSED)',
    });
  });

  it('need not know other events than the first', async () => {
    behave = answering(400);
    await issuer.preflight(billing());
    await issuer.revoke(billing(), edition('d'), null);
    expect(await issuer.isAccepted(billing(), credential('d'))).toBe(false);
  });

  it('that missed the end of a value is told again, until it answers', async () => {
    behave = answering(500, 500, 204);
    await issuer.revoke(billing(), edition('e'), credential('e'));
    expect(await failureOf(issuer.isAccepted(billing(), credential('e')))).toMatchObject({ kind: 'unavailable' });
    expect(await issuer.isAccepted(billing(), credential('e'))).toBe(false);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`revoked_${edition('e')}`]));
  });

  it('that does not answer keeps no rotation from being undone', async () => {
    behave = answering(500);
    await issuer.takeBack?.(billing(), credential('a'));
    await issuer.revoke(billing(), edition('b'), credential('b'));
    expect(received).toHaveLength(2);
  });

  it('with the proof “use” is asked until it uses the value', async () => {
    const secret = billing({ acknowledgement: 'use' });
    behave = answering(202, 202, 200);
    await issuer.distribute(secret, credential('b'));
    expect(await failureOf(issuer.prove(secret, credential('b')))).toMatchObject({
      kind: 'unavailable',
      message: `the webhook ${origin} has the event and does not use the new value of secret billing yet (202)`,
    });
    expect(await issuer.prove(secret, credential('b'))).toHaveLength(1);
  });

  it('is signed with both keys while the signing secret is rotated', async () => {
    const next = { version: 2, edition: edition('l') };
    await secrets.keep(vaultPathOf({ ...signer, ...next }), { value: KEYS[1]! });
    known = { ...signer, rotation: { ...runningRotation, former: signer, next } };
    await issuer.distribute(billing(), credential('b'));
    for (const key of KEYS) expect(verified(0, key).type).toBe('secret.rotated');
  });

  it('needs a secret that signs, with a key of webhooks as its value', async () => {
    const failing = (settings: Record<string, unknown>) => failureOf(issuer.preflight(billing(settings)));
    expect(await failing({ webhookSecret: null })).toMatchObject({
      kind: 'invalid',
      message: like(/no secret that signs/),
    });
    expect(await failing({ webhookSecret: 'other' })).toMatchObject({ kind: 'missing' });
    await secrets.keep(vaultPathOf({ ...signer, edition: edition('m') }), { value: VALUE });
    known = { ...signer, edition: edition('m') };
    const failure = await failing({});
    expect(failure).toMatchObject({ kind: 'invalid', message: like(/not a key of webhooks/) });
    expect(failure.message + failure.details.hint).not.toContain(VALUE);
    expect(received).toEqual([]);
  });

  it('may not be a server of Hecate or a link-local address, whatever its name', async () => {
    const port = Number(new URL(origin).port);
    const own = createGenericIssuer(
      access({
        surroundings: surroundings([port]),
        resolve: async (name) => (name === 'meta.internal' ? ['169.254.169.254'] : ['127.0.0.1']),
      }),
    );
    for (const webhook of [origin, `http://billing.internal:${port}/`]) {
      expect(await failureOf(own.distribute(billing({ webhook }), credential('b')))).toMatchObject({
        kind: 'denied',
        message: like(/is NATS, a server of Hecate itself/),
      });
    }
    expect(
      await failureOf(own.distribute(billing({ webhook: 'http://meta.internal/' }), credential('b'))),
    ).toMatchObject({
      kind: 'denied',
      message: like(/link-local/),
    });
    expect(received).toEqual([]);
  });

  it('with a certificate that does not verify needs a person, and gets nothing', async () => {
    const { chain, key } = makeAuthority(mkdtempSync(join(folder, 'authority-'))).issue(['billing.internal']);
    const asked: string[] = [];
    const secure = createSecureServer({ cert: chain, key }, (request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const webhook = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
    expect(await failureOf(issuer.distribute(billing({ webhook }), credential('b')))).toMatchObject({
      kind: 'denied',
      message: like(/certificate of the webhook .* does not verify/),
    });
    secure.close();
    expect(asked).toEqual([]);
  });

  it('is reached by its name at the address that was checked', async () => {
    const named = createGenericIssuer(access({ resolve: async () => ['127.0.0.1'] }));
    await named.distribute(billing({ webhook: `http://billing.internal:${new URL(origin).port}/` }), credential('b'));
    expect(received[0]!.headers.host).toBe(`billing.internal:${new URL(origin).port}`);
  });
});

describe('a command', () => {
  const place = (name: string, script: string, mode = 0o755) => {
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), mode);
    return { name: 'billing', settings: { command: name } };
  };

  it('gets the path of the value in its environment, and nothing of the worker’s', async () => {
    const seen = join(folder, 'seen');
    const secret = place('show', `#!/bin/sh\n{ env; tr '\\0' '\\n' < /proc/$$/cmdline; cat; } > ${seen}\n`);
    process.env['HECATE_TEST_ONLY'] = VALUE;
    await issuer.distribute({ ...secret, rotation: editions }, credential('b'));
    delete process.env['HECATE_TEST_ONLY'];
    const text = readFileSync(seen, 'utf8');
    expect(text).not.toContain(VALUE);
    expect(text.split('\n').filter((line) => line.startsWith('HECATE_'))).toEqual(
      expect.arrayContaining([
        'HECATE_EVENT=secret.rotated',
        `HECATE_EVENT_ID=rotated_${edition('b')}`,
        'HECATE_SECRET_NAME=billing',
        'HECATE_SECRET_VERSION=2',
        `HECATE_SECRET_EDITION=${edition('b')}`,
        'HECATE_SECRET_VAULT_MOUNT=hecate',
        `HECATE_SECRET_VAULT_PATH=generic/billing/${edition('b')}`,
      ]),
    );
    expect(await issuer.prove(secret, credential('b'))).toMatchObject([{ name: 'command show' }]);
  });

  it('gets the value on its standard input only when the setting says so', async () => {
    const seen = join(folder, 'input');
    const { settings, name } = place(
      'read',
      `#!/bin/sh\ncat > ${seen}; env >> ${seen}.env; tr '\\0' '\\n' < /proc/$$/cmdline >> ${seen}.env\n`,
    );
    await issuer.distribute({ name, settings }, credential('b'));
    expect(readFileSync(seen, 'utf8')).toBe('');
    const secret = { name, settings: { ...settings, commandInput: 'value' } };
    await issuer.distribute(secret, credential('b'));
    expect(readFileSync(seen, 'utf8')).toBe(VALUE);
    await issuer.revoke(secret, edition('a'), credential('a'));
    expect(readFileSync(seen, 'utf8')).toBe('');
    expect(readFileSync(`${seen}.env`, 'utf8')).not.toContain(VALUE);
  });

  it.each([
    ['exit 0', null, null],
    ['exit 75', 'unavailable', /ended with 75 \(try again\)/],
    ['exit 1', 'denied', /ended with 1$/],
    ['exit 255', 'denied', /ended with 255$/],
    ['kill -9 $$', 'unavailable', /was ended by SIGKILL/],
  ])('that does %s is acknowledged or fails accordingly', async (script, kind, message) => {
    const done = issuer.distribute(place('code', `#!/bin/sh\n${script}\n`), credential('b'));
    if (kind === null) return done;
    expect(await failureOf(done)).toMatchObject({ kind, message: like(message) });
  });

  it('may print without end, and need not read its input', async () => {
    const secret = place('loud', '#!/bin/sh\nhead -c 50000000 /dev/zero\nhead -c 50000000 /dev/zero >&2\n');
    await issuer.distribute({ ...secret, settings: { ...secret.settings, commandInput: 'value' } }, credential('b'));
  });

  it('is killed at its time limit with what it started', async () => {
    const pidFile = join(folder, 'pid');
    place('slow', `#!/bin/sh\nsleep 600 & echo $! > ${pidFile}\nwait\n`);
    const run = { path: join(folder, 'slow'), env: { PATH: '/usr/bin:/bin' }, input: null };
    expect(await failureOf(runCommand(run, 1_000))).toMatchObject({
      kind: 'unavailable',
      message: like(/did not end within 1 s and was killed/),
    });
    const pid = readFileSync(pidFile, 'utf8').trim();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('is not waited for by what it leaves running', async () => {
    const pidFile = join(folder, 'daemon');
    await issuer.distribute(place('start', `#!/bin/sh\nsleep 30 & echo $! > ${pidFile}\n`), credential('b'));
    process.kill(Number(readFileSync(pidFile, 'utf8')));
  });

  it('without an interpreter needs a person', async () => {
    expect(await failureOf(issuer.distribute(place('none', '#!/nowhere/sh\n'), credential('b')))).toMatchObject({
      kind: 'denied',
      message: like(/cannot be started/),
    });
  });

  it('is not run at the preflight', async () => {
    const seen = join(folder, 'ran');
    await issuer.preflight(place('touch', `#!/bin/sh\ntouch ${seen}\n`));
    expect(existsSync(seen)).toBe(false);
  });

  it('is refused without a folder of commands, with the way out', async () => {
    const without = createGenericIssuer(access({ commandsFolder: null }));
    const failure = await failureOf(without.preflight({ name: 'billing', settings: { command: 'hook' } }));
    expect(failure).toMatchObject({ kind: 'denied', message: 'the worker runs no commands, so it cannot run hook' });
    expect(failure.details.hint).toContain('HECATE_SECRET_COMMANDS_DIR');
  });

  it('is a regular file that only root and the worker can change', async () => {
    const problem = async (name: string, of = folder) => (await failureOf(commandPath(of, name, 'billing'))).message;
    place('ok', '#!/bin/sh\n');
    expect(await commandPath(folder, 'ok', 'billing')).toBe(join(folder, 'ok'));
    place('group', '#!/bin/sh\n', 0o775);
    place('world', '#!/bin/sh\n', 0o757);
    place('data', '#!/bin/sh\n', 0o644);
    symlinkSync('/bin/true', join(folder, 'link'));
    symlinkSync(join(folder, 'ok'), join(folder, 'inside'));
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await problem('group')).toMatch(/can be changed by other users/);
    expect(await problem('world')).toMatch(/can be changed by other users/);
    expect(await problem('data')).toMatch(/is not executable/);
    for (const name of ['link', 'inside', 'folder', 'pipe']) expect(await problem(name)).toMatch(/not a regular file/);
    expect(await problem('absent')).toMatch(/there is no command absent/);
    expect(await problem('ok', 'relative')).toMatch(/not the absolute path of a folder/);
    expect(await problem('ok', join(folder, 'nowhere'))).toMatch(/not the absolute path of a folder/);
    const open = join(folder, 'open');
    mkdirSync(join(open, 'hooks'), { recursive: true });
    writeFileSync(join(open, 'hooks', 'hook'), '#!/bin/sh\n', { mode: 0o755 });
    for (const mode of [0o777, 0o775]) {
      chmodSync(open, mode);
      expect(await problem('hook', join(open, 'hooks'))).toMatch(/can be changed by other users/);
      chmodSync(open, 0o755);
      chmodSync(join(open, 'hooks'), mode);
      expect(await problem('hook', join(open, 'hooks'))).toMatch(/can be changed by other users/);
      chmodSync(join(open, 'hooks'), 0o755);
    }
    symlinkSync(join(open, 'hooks'), join(folder, 'linked'));
    expect(await commandPath(join(folder, 'linked'), 'hook', 'billing')).toBe(join(open, 'hooks', 'hook'));
  });
});

describe('a secret with a webhook and a command', () => {
  it('tells both, and reports what needs a person first', async () => {
    writeFileSync(join(folder, 'both'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    behave = answering(500);
    const failure = await failureOf(issuer.distribute(billing({ command: 'both' }), credential('b')));
    expect(failure).toMatchObject({ kind: 'denied', message: like(/ended with 3/) });
    expect(received).toHaveLength(1);
  });
});

function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
