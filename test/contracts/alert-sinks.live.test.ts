import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAlertSender, type SinkNetwork } from '../../src/adapters/alerts/alert-sender.js';
import type { AlertSink, SinkType } from '../../src/domain/resources/alert-sink.js';
import { makeAuthority } from '../builders/certificates.js';
import { alertSink, notification } from '../builders/notification.js';

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OLD_KEY = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const folder = mkdtempSync(join(tmpdir(), 'hecate-sinks-'));

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const received: Received[] = [];
let behave: (response: ServerResponse) => void;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => {
    received.push({ path: request.url ?? '', headers: request.headers, body });
    behave(response);
  });
});
let origin = '';

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  received.length = 0;
  behave = (response) => void response.writeHead(204).end();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const network: SinkNetwork = {
  resolve: async () => ['127.0.0.1'],
  surroundings: { ownParts: async () => new Map() },
  allowsPrivate: false,
  nowMs: () => Date.now(),
};
const send = (sink: Partial<AlertSink>, values: readonly string[] = [KEY], more: Partial<SinkNetwork> = {}) =>
  createAlertSender({ ...network, ...more }).send(notification('n1'), { sink: alertSink({ url: `${origin}/hook`, ...sink }), values }); // prettier-ignore

describe('a webhook', () => {
  it('is verified by the library of the specification, with either key of a rotation', async () => {
    expect(await send({}, [KEY, OLD_KEY])).toEqual({ kind: 'taken', detail: 'answered 204' });
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    for (const key of [KEY, OLD_KEY]) {
      const verified: unknown = new Webhook(key).verify(body, headers as Record<string, string>);
      expect(verified).toMatchObject({ type: 'alert.firing', data: { status: 'firing' } });
    }
    expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString('base64')}`).verify(body, headers as Record<string, string>)).toThrow(); // prettier-ignore
  });

  it('has the same id at each attempt', async () => {
    await send({});
    await send({});
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it.each([
    [500, undefined, { kind: 'failed', retryAfterMs: null }],
    [400, undefined, { kind: 'failed', retryAfterMs: null }],
    [429, '120', { kind: 'failed', retryAfterMs: 120_000 }],
    [503, 'soon', { kind: 'failed', retryAfterMs: null }],
    [410, undefined, { kind: 'gone' }],
  ])('that answers %i is not told', async (status, pause, expected) => {
    behave = (response) =>
      void response.writeHead(status, pause === undefined ? {} : { 'retry-after': pause }).end('x');
    expect(await send({})).toMatchObject(expected);
  });

  it('that redirects is not followed', async () => {
    behave = (response) => void response.writeHead(307, { location: `${origin}/other` }).end();
    expect(await send({})).toMatchObject({
      kind: 'failed',
      problem: expect.stringContaining('not followed') as unknown,
    });
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('that never ends its answer is told all the same', async () => {
    behave = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 5);
      response.on('close', () => clearInterval(timer));
    };
    expect(await send({})).toMatchObject({ kind: 'taken' });
  });

  it('that does not answer is given ten seconds', async () => {
    behave = () => undefined;
    const started = performance.now();
    await expect(send({})).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('no answer in time') as unknown }); // prettier-ignore
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('that is not there is unavailable, without its path', async () => {
    await expect(send({ url: 'http://127.0.0.1:1/secret-path' })).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(send({ url: 'http://127.0.0.1:1/secret-path' })).rejects.not.toThrow('secret-path');
  });
});

describe('an address that a sink may not have', () => {
  const hooks = { url: 'http://hooks.example.com/x' };
  const at = (...addresses: readonly string[]) => ({ resolve: async () => addresses });

  it.each(['127.0.0.1', '10.0.0.1', '192.168.0.1', '100.64.0.1', '::1', 'fd00::1', '::ffff:10.0.0.1', '0.0.0.0'])(
    '%s is refused unless it is allowed',
    async (address) => {
      const sent = send({ ...hooks, allowPrivateAddresses: false }, [KEY], at('93.184.216.34', address));
      await expect(sent).rejects.toMatchObject({
        kind: 'denied',
        message: expect.stringContaining('private address') as unknown,
        details: { hint: expect.stringContaining('--allow-private-addresses') as unknown },
      });
      expect(received).toEqual([]);
    },
  );

  it.each(['169.254.169.254', 'fe80::1', 'fd00:ec2::254', '100.100.100.200', '::ffff:169.254.169.254'])(
    '%s is refused whatever is allowed',
    async (address) => {
      const sent = send(hooks, [KEY], { ...at(address), allowsPrivate: true });
      await expect(sent).rejects.toMatchObject({ kind: 'denied', message: expect.stringContaining('link-local') as unknown }); // prettier-ignore
    },
  );

  it('is that of a server of Hecate itself, whatever is allowed', async () => {
    const ownParts: SinkNetwork['surroundings']['ownParts'] = async ([dial = '']) =>
      new Map([[dial, { kind: 'server', name: 'NATS', resolved: null }]]);
    await expect(send({}, [KEY], { surroundings: { ownParts } })).rejects.toThrow('a server of Hecate itself');
    expect(received).toEqual([]);
  });

  it('is allowed by the environment too', async () => {
    const sink = { allowPrivateAddresses: false };
    expect(await send(sink, [KEY], { allowsPrivate: true })).toMatchObject({ kind: 'taken' });
  });

  it('is asked for once: what the name leads to afterwards does not count', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return ['127.0.0.1'];
    };
    const { port } = server.address() as AddressInfo;
    // No name server knows the name, so a second lookup would fail.
    expect(await send({ url: `http://rebinding.invalid:${port}/hook` }, [KEY], { resolve })).toMatchObject({
      kind: 'taken',
    });
    expect(asked).toBe(1);
    expect(received[0]?.headers.host).toBe(`rebinding.invalid:${port}`);
  });

  it('has TLS, unless plaintext is allowed', async () => {
    const sink = { type: 'slack', url: null, allowPlaintext: false } as const;
    await expect(send(sink, [`${origin}/services/x`])).rejects.toThrow('begins with https://');
    await expect(send(sink, ['file:///etc/passwd'])).rejects.toThrow('begins with https://');
    expect(await send({ ...sink, allowPlaintext: true }, [`${origin}/services/x`])).toMatchObject({ kind: 'taken' });
  });
});

it.each<[type: SinkType, sink: Partial<AlertSink>, value: (origin: string) => string, path: string]>([
  ['alertmanager', {}, () => 'token', '/api/v2/alerts'],
  ['ntfy', {}, () => 'token', '/'],
  ['discord', { url: null }, (base) => `${base}/api/webhooks/1/x`, '/api/webhooks/1/x'],
  ['slack', { url: null }, (base) => `${base}/services/x`, '/services/x'],
  ['telegram', { chat: '-100' }, () => '1:abc', '/bot1:abc/sendMessage'],
])('%s is told by HTTP', async (type, sink, value, path) => {
  const url = type === 'ntfy' ? `${origin}/topic` : origin;
  expect(await send({ type, url, ...sink }, [value(origin)])).toMatchObject({ kind: 'taken' });
  expect(received.map((one) => one.path)).toEqual([path]);
  expect(received[0]?.headers['content-type']).toBe('application/json');
  expect(JSON.parse(received[0]?.body ?? '')).toBeTruthy();
});

it('shows what it would send without a secret, and connects to nothing', async () => {
  const rehearsed = await createAlertSender(network).rehearse(notification('n1'), {
    sink: alertSink({ type: 'slack', url: null, secret: 'key' }),
    values: [`${origin}/services/secret`],
  });
  expect(rehearsed.to).toBe(origin);
  expect(JSON.stringify(rehearsed)).not.toContain('services/secret');
  expect(received).toEqual([]);
});

describe('a mail', () => {
  const mails: {
    readonly to: string[];
    readonly user: string | null;
    readonly text: string;
    readonly isTls: boolean;
  }[] = [];
  let smtp: SMTPServer;

  const start = async (options: SMTPServerOptions) => {
    mails.length = 0;
    smtp = new SMTPServer({
      ...{ authOptional: true, logger: false },
      onAuth: ({ username, password }, _session, done) =>
        password === 'pass word' ? done(null, { user: username }) : done(new Error('Invalid')),
      onRcptTo: ({ address }, _session, done) =>
        address === 'nobody@example.com'
          ? done(Object.assign(new Error('no such user'), { responseCode: 550 }))
          : done(),
      onData: (stream, { envelope, user, secure }, done) => {
        let text = '';
        stream.on('data', (part: Buffer) => (text += part.toString()));
        stream.on('end', () => {
          mails.push({ to: envelope.rcptTo.map(({ address }) => address), user: (user as string | undefined) ?? null, text, isTls: secure }); // prettier-ignore
          done();
        });
      },
      ...options,
    });
    smtp.on('error', () => undefined);
    await new Promise<void>((listening) => void smtp.listen(0, '127.0.0.1', listening));
    return (smtp.server.address() as AddressInfo).port;
  };
  afterEach(() => new Promise<void>((closed) => void smtp.close(() => closed())));

  const mail = (port: number, more: Partial<AlertSink> = {}, values: readonly string[] = []) =>
    send({ type: 'email', url: `smtp://mail.example.com:${port}`, from: 'hecate@example.com', to: ['ops@example.com', 'anna@example.com'], ...more }, values); // prettier-ignore

  it('goes to all recipients, with the password of its user', async () => {
    const port = await start({ hideSTARTTLS: true, allowInsecureAuth: true });
    expect(await mail(port, { user: 'me' }, ['pass word\n'])).toEqual({ kind: 'taken', detail: 'answered 250' });
    expect(mails).toMatchObject([{ to: ['ops@example.com', 'anna@example.com'], user: 'me' }]);
    expect(mails[0]?.text).toMatch(/Message-ID: <n1@example.com>/i);
    expect(mails[0]?.text).toContain('Subject: [FIRING 1] upstream-down');
  });

  it('is not sent without TLS unless that is allowed', async () => {
    const port = await start({ disabledCommands: ['STARTTLS'] });
    await expect(mail(port, { allowPlaintext: false })).rejects.toMatchObject({ kind: 'denied' });
    expect(mails).toEqual([]);
  });

  it('is not sent to a certificate that does not verify', async () => {
    const { chain, key } = makeAuthority(folder).issue(['mail.example.com']);
    const port = await start({ cert: chain, key });
    await expect(mail(port, { allowPlaintext: false })).rejects.toMatchObject({ kind: 'denied' });
    expect(mails).toEqual([]);
  });

  it('is sent with STARTTLS to a server whose certificate verifies for its name', async () => {
    const authority = makeAuthority(folder);
    const { chain, key } = authority.issue(['mail.example.com']);
    const port = await start({ cert: chain, key });
    // Authorities are read when a process starts.
    const script = `
      import { createAlertSender } from './src/adapters/alerts/alert-sender.js';
      import { alertSink, notification } from './test/builders/notification.js';
      const network = { resolve: async () => ['127.0.0.1'], surroundings: { ownParts: async () => new Map() }, allowsPrivate: true, nowMs: Date.now };
      const sink = alertSink({ type: 'email', url: 'smtp://mail.example.com:${port}', from: 'a@example.com', to: ['b@example.com'], allowPlaintext: false });
      createAlertSender(network).send(notification('n1'), { sink, values: [] }).then(({ kind }) => console.log(kind), (error) => console.log(error.message));`;
    const { build } = await import('esbuild');
    const outfile = join(folder, 'send.cjs');
    await build({ stdin: { contents: script, resolveDir: join(import.meta.dirname, '../..') }, bundle: true, platform: 'node', outfile, logLevel: 'error' }); // prettier-ignore
    const { execFile } = await import('node:child_process');
    const said = await new Promise<string>((resolve) => execFile(process.execPath, [outfile], { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.file } }, (_error, stdout) => resolve(stdout))); // prettier-ignore
    expect(said.trim()).toBe('taken');
    expect(mails).toMatchObject([{ isTls: true }]);
  });

  it.each([
    [{ user: 'me' }, ['wrong'], 'user or password'],
    [{ to: ['nobody@example.com'] }, [], '550'],
  ])('is refused with %j', async (more, values, message) => {
    const port = await start({ hideSTARTTLS: true, allowInsecureAuth: true });
    const sent = mail(port, more, values);
    await expect(sent).rejects.toMatchObject({ kind: 'denied', message: expect.stringContaining(message) as unknown });
    await expect(mail(port, more, values)).rejects.not.toThrow('wrong');
  });

  it('waits for no server for ever', async () => {
    const port = await start({ onConnect: () => undefined });
    await expect(mail(port)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
